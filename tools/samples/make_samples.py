#!/usr/bin/env python3
"""Draws the two sample pictures of our own, samples/notice-zh.jpg (a library notice in Chinese, as a phone
would photograph it) and samples/chart.png (a bar chart). Same bytes every run with the same Pillow, NumPy
and fonts. Needs python3-pil, python3-numpy, fonts-noto-cjk and fonts-dejavu-core.

    tools/samples/make_samples.py [FOLDER]      default: samples/
"""
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

CJK = "/usr/share/fonts/opentype/noto/NotoSansCJK-{}.ttc"
LATIN = "/usr/share/fonts/truetype/dejavu/DejaVuSans{}.ttf"
SIMPLIFIED = 2  # face index in the Noto CJK collections

NOTICE_TITLE = "城市图书馆读者须知"
NOTICE = [
    ("一、开放时间", "周二至周日上午九点到晚上八点，周一闭馆。"),
    ("二、借书办法", "凭读者证每人可借图书十册，借期三十天，"),
    ("", "到期可在网上续借一次。"),
    ("三、阅览规则", "请保持安静，手机调至静音，食物请勿带入。"),
    ("四、儿童阅览室", "位于二楼东侧，周末有故事会，下午三点开始。"),
    ("五、联系我们", "服务电话：010-5550-0186"),
]

QUARTERS = ["Q1", "Q2", "Q3", "Q4"]
RENTALS = {"City bikes": [1240, 2315, 2980, 1460], "Cargo bikes": [310, 485, 640, 420]}


def font(pattern: str, style: str, size: int, index: int = 0) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(pattern.format(style), size, index=index)


def draw_notice() -> Image.Image:
    paper = Image.new("RGB", (1200, 900), (250, 247, 238))
    draw = ImageDraw.Draw(paper)
    draw.rectangle((30, 30, 1169, 869), outline=(150, 40, 40), width=4)
    draw.text((600, 120), NOTICE_TITLE, font=font(CJK, "Bold", 60, SIMPLIFIED), fill=(150, 30, 30), anchor="mm")
    draw.line((120, 185, 1080, 185), fill=(150, 40, 40), width=2)
    y = 235
    for head, text in NOTICE:
        draw.text((90, y), head, font=font(CJK, "Bold", 32, SIMPLIFIED), fill=(25, 25, 30))
        draw.text((365, y), text, font=font(CJK, "Regular", 32, SIMPLIFIED), fill=(35, 35, 40))
        y += 84
    draw.text((1080, 800), "二〇二六年三月一日", font=font(CJK, "Regular", 28, SIMPLIFIED), fill=(35, 35, 40), anchor="rm")
    return paper


def perspective(corners: list[tuple[float, float]], size: tuple[int, int]) -> list[float]:
    """Coefficients for Image.transform: where each output pixel comes from, the sheet's corners given in the output."""
    width, height = size
    sheet = [(0, 0), (width, 0), (width, height), (0, height)]
    rows, values = [], []
    for (x, y), (u, v) in zip(corners, sheet):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return list(np.linalg.solve(np.array(rows, float), np.array(values, float)))


def photograph(sheet: Image.Image, corners: list[tuple[float, float]], size: tuple[int, int], seed: int) -> Image.Image:
    """The sheet on a wooden table: seen at an angle, lit from one side, a little soft and noisy."""
    random = np.random.default_rng(seed)
    width, height = size
    grain = np.cumsum(random.normal(0, 1.2, (height, 1)), axis=0) * 0.6 + random.normal(0, 3, (height, width))
    table = np.clip(np.array([112, 82, 56]) + grain[..., None], 0, 255).astype(np.uint8)
    photo = Image.fromarray(table).filter(ImageFilter.GaussianBlur(1.5))
    coefficients = perspective(corners, sheet.size)
    warped = sheet.transform(size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC)
    mask = Image.new("L", sheet.size, 255).transform(size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC)
    mask = mask.filter(ImageFilter.GaussianBlur(1.2))  # no stairs along the edges
    shadow = Image.new("L", size, 0)
    shadow.paste(150, (14, 18), mask)
    photo = Image.composite(Image.new("RGB", size, (30, 22, 16)), photo, shadow.filter(ImageFilter.GaussianBlur(14)))
    photo.paste(warped, (0, 0), mask)
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    light = 1.06 - 0.38 * x - 0.14 * y + 0.10 * np.exp(-(((x - 0.3) / 0.25) ** 2 + ((y - 0.25) / 0.3) ** 2))
    warm = np.array([1.0, 0.97, 0.90])
    pixels = np.asarray(photo.filter(ImageFilter.GaussianBlur(0.7)), float) * light[..., None] * warm
    pixels += random.normal(0, 4.0, pixels.shape)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def draw_chart(scale: int = 2) -> Image.Image:
    """Drawn large and shrunk, for smooth edges."""
    width, height, left, bottom, top = 960, 600, 100, 500, 110
    chart = Image.new("RGB", (width * scale, height * scale), "white")
    draw = ImageDraw.Draw(chart)

    def text(x: float, y: float, words: str, size: int, anchor: str, style: str = "", fill="#333333") -> None:
        draw.text((x * scale, y * scale), words, font=font(LATIN, style, size * scale), fill=fill, anchor=anchor)

    def box(x0: float, y0: float, x1: float, y1: float, fill: str) -> None:
        draw.rectangle((x0 * scale, y0 * scale, x1 * scale, y1 * scale), fill=fill)

    text(width / 2, 36, "Bicycle rentals 2025, by quarter", 26, "mm", "-Bold")
    colours = dict(zip(RENTALS, ("#2f6f9f", "#e08a3c")))
    for place, (name, colour) in enumerate(colours.items()):
        box(330 + 180 * place, 68, 350 + 180 * place, 84, colour)
        text(358 + 180 * place, 76, name, 16, "lm")
    for value in range(0, 3001, 500):
        y = bottom - (bottom - top) * value / 3000
        box(left, y, width - 40, y + 1, "#dddddd" if value else "#333333")
        text(left - 10, y, f"{value:,}", 15, "rm")
    for place, quarter in enumerate(QUARTERS):
        centre = left + 105 + 205 * place
        text(centre, bottom + 24, quarter, 18, "mm", "-Bold")
        for side, (name, values) in enumerate(RENTALS.items()):
            x = centre - 66 + 68 * side
            y = bottom - (bottom - top) * values[place] / 3000
            box(x, y, x + 62, bottom, colours[name])
            text(x + 31, y - 13, f"{values[place]:,}", 15, "mm")
    text(width / 2, 565, "Source: rental desk records. Total of the year: 9,850 rentals.", 15, "mm", fill="#666666")
    return chart.resize((width, height), Image.Resampling.LANCZOS)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2] / "samples"
    assert sum(map(sum, RENTALS.values())) == 9850
    corners = [(96, 74), (1228, 40), (1262, 905), (60, 880)]
    photograph(draw_notice(), corners, (1320, 960), seed=7).save(folder / "notice-zh.jpg", quality=82, optimize=True)
    draw_chart().quantize(128, dither=Image.Dither.NONE).save(folder / "chart.png", optimize=True)


if __name__ == "__main__":
    main()
