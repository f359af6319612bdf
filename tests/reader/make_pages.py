#!/usr/bin/env python3
"""Makes pictures of pages whose text is known, and writes the text beside them.

    make_pages.py OUT_DIR [--seeds N] [--only NAME_PART]

Kinds: clean (30 px), photo (2.5 degrees, perspective, blur, noise, uneven light), small (14 px), turned
(by 90, 180 and 270 degrees), columns (two), each in English and Chinese; JPEG quality 70. Each NAME.jpg
comes with NAME.json: {"language", "kind", "lines": [...]} in reading order.
"""
import argparse
import json
import random
from pathlib import Path

import numpy
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONTS = {
    "en": ["/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"],
    "zh": ["/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc"],
}
CJK_INDEX = 2  # simplified Chinese within the collection

ENGLISH = """The harbour office opens at seven and closes when the last ferry has left the quay.
Passengers who travel with bicycles are asked to wait beside the blue gate until they are called.
A return ticket costs $18.50 for adults and $9.25 for children between four and fifteen years.
Please keep your receipt, because the inspector may want to see it on the way back.
In winter the island is reached twice a day, weather permitting; ask at the desk for details.
Lost property is kept for thirty days and then given to the town library on Mill Street.
Dogs are welcome on the lower deck if they are on a lead and do not disturb other people.
The café sells soup, bread and tea from 11:30 until the kitchen has nothing left to sell.
Captain Margaret Ellison has steered this route since 1998 and knows every rock by name.
Groups of more than 12 persons should write to bookings@northferry.example a week before.
Our telephone number is +44 1632 960183; it is answered on working days only.
Do not leave luggage on the stairs, and hold the rail while the ship is moving.
The crossing takes about fifty minutes, or a little longer when the tide runs against us.
Reference NF-2047/B was printed on 14 March 2024 at the company's own workshop.
Seats near the bow are quiet, while the stern offers a better view of the lighthouse.
Children under four travel free of charge when they sit on the lap of an adult.
For the timetable of the southern line see page 23 or ask any member of the crew.
Refunds are paid in cash within 60 days, less a fee of 5% for handling.
Smoking is forbidden everywhere on board, also on the open deck behind the wheelhouse.
We wish you a pleasant journey and hope to see you again before the autumn storms.""".split("\n")

CHINESE = """请各位乘客在蓝色大门旁边排队等候，听到广播以后再依次上船。
成人往返票价为一百二十八元，十五岁以下的儿童购买半价票。
冬季每天只有上午和下午两个班次，遇到大风天气可能会取消。
遗失的物品由服务台保管三十天，之后交给市图书馆统一处理。
餐厅从十一点半开始供应热汤、面包和茶水，售完为止。
船长李建国从一九九八年起一直驾驶这条航线，经验非常丰富。
超过十二人的团体请提前一个星期与办公室联系，电话是400-820-5566。
航行期间请不要把行李放在楼梯上，走动时请扶好栏杆。
全程大约需要五十分钟，逆流的时候时间会稍微长一些。
靠近船头的座位比较安静，船尾则可以看到美丽的灯塔。
本票于2024年3月14日打印，编号为NF-2047，请妥善保存。
退票须在六十天以内办理，并且收取百分之五的手续费。
船上所有地方都禁止吸烟，包括驾驶室后面的露天甲板。
南线的时刻表请参看第二十三页，也可以向任何船员询问。
四岁以下的儿童由大人抱着乘坐时，可以免费乘船。
我们祝愿您旅途愉快，并希望在秋天的风暴之前再次见到您。
码头办公室早上七点开门，最后一班船离开以后关门。
携带自行车的旅客请走右侧通道，并听从工作人员的安排。
小狗可以带到下层甲板，但是必须系好绳子，不要打扰别人。
如果您对我们的服务有任何意见，请写信告诉我们，谢谢。""".split("\n")


def font(language, index, size):
    path = FONTS[language][index % len(FONTS[language])]
    return ImageFont.truetype(path, size, index=CJK_INDEX if language == "zh" else 0)


def wrap(draw, text, face, width, language):
    """Lines of `text` that fit `width`."""
    units = list(text) if language == "zh" else text.split(" ")
    glue = "" if language == "zh" else " "
    lines, line = [], ""
    for unit in units:
        longer = line + glue + unit if line else unit
        if draw.textlength(longer, font=face) > width and line:
            lines.append(line)
            line = unit
        else:
            line = longer
    return lines + [line]


def page(language, rng, size, lines_wanted, columns, face_index):
    """A page of `lines_wanted` lines per column and the lines in reading order."""
    face = font(language, face_index, size)
    step = int(size * 1.75)
    column_width = int(size * (34 if columns == 1 else 20))
    gap, margin = size * 3, size * 3
    width = margin * 2 + column_width * columns + gap * (columns - 1)
    height = margin * 2 + step * lines_wanted
    image = Image.new("RGB", (width, height), (250, 249, 245))
    draw = ImageDraw.Draw(image)
    sentences = rng.sample(ENGLISH if language == "en" else CHINESE, 20)
    pool = []
    for sentence in sentences * 3:
        pool += wrap(draw, sentence, face, column_width, language)
    lines = pool[: lines_wanted * columns]
    for number, line in enumerate(lines):
        column, row = divmod(number, lines_wanted)
        draw.text((margin + column * (column_width + gap), margin + row * step), line, font=face, fill=(35, 35, 40))
    return image, lines


def perspective(image, rng):
    w, h = image.size
    shift = lambda: rng.uniform(0.0, 0.035)
    quad = [(-shift() * w, -shift() * h), (-shift() * w, h + shift() * h), (w + shift() * w, h + shift() * h), (w + shift() * w, -shift() * h)]
    target = [(0, 0), (0, h), (w, h), (w, 0)]
    rows = []
    for (x, y), (u, v) in zip(target, quad):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    flat = [c for point in quad for c in point]
    map_ = numpy.linalg.solve(numpy.array(rows, float), numpy.array(flat, float))
    return image.transform((w, h), Image.PERSPECTIVE, tuple(map_), Image.BICUBIC, fillcolor=(120, 118, 112))


def light_and_noise(image, seed, strength):
    pixels = numpy.asarray(image, numpy.float32)
    h, w = pixels.shape[:2]
    ramp = 1 - strength * (0.6 * numpy.linspace(0, 1, w)[None, :] + 0.4 * numpy.linspace(0, 1, h)[:, None])
    noise = numpy.random.default_rng(seed).normal(0, 10 * strength / 0.35, pixels.shape)
    return Image.fromarray(numpy.clip(pixels * ramp[..., None] + noise, 0, 255).astype(numpy.uint8))


def photographed(image, rng, seed):
    image = image.rotate(rng.choice([-2.5, 2.5]), Image.BICUBIC, expand=True, fillcolor=(120, 118, 112))
    image = perspective(image, rng).filter(ImageFilter.GaussianBlur(0.9))
    return light_and_noise(image, seed, 0.35)


KINDS = {
    "clean": dict(size=30, lines=15, columns=1),
    "long": dict(size=30, lines=30, columns=1),
    "photo": dict(size=30, lines=15, columns=1, photo=True),
    "small": dict(size=14, lines=15, columns=1),
    "turned90": dict(size=26, lines=12, columns=1, turn=90),
    "turned180": dict(size=26, lines=12, columns=1, turn=180),
    "turned270": dict(size=26, lines=12, columns=1, turn=270),
    "columns": dict(size=22, lines=14, columns=2),
}


def make(out, language, kind, seed, lines=None):
    """Writes the picture and its truth; gives the picture's path. `lines` overrides how many per column."""
    rng = random.Random(f"{language}{kind}{seed}")
    rule = {**KINDS[kind], **({"lines": lines} if lines else {})}
    image, lines = page(language, rng, rule["size"], rule["lines"], rule["columns"], seed)
    if rule.get("photo"):
        image = photographed(image, rng, seed)
    else:
        image = light_and_noise(image, seed, 0.08)
    if rule.get("turn"):
        image = image.rotate(rule["turn"], expand=True)
    name = f"{language}-{kind}-{seed}"
    image.save(out / f"{name}.jpg", quality=70)
    truth = {"language": language, "kind": kind, "lines": lines}
    (out / f"{name}.json").write_text(json.dumps(truth, ensure_ascii=False))
    return out / f"{name}.jpg"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for language in FONTS:
        for kind in KINDS:
            for seed in range(args.seeds):
                if args.only in f"{language}-{kind}-{seed}":
                    make(args.out, language, kind, seed)


if __name__ == "__main__":
    main()
