"""Pictures for the tests: three small files made once, and PNGs of any size made on the spot.

Standard library only, so that the tests run wherever the program does.
"""
import base64
import random
import struct
import zlib

# 64 x 48, a red box and a blue disc on cream.
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5a"
    "YVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAAR"
    "CAAwAEADASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEG"
    "E1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWG"
    "h4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEB"
    "AQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYk"
    "NOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0"
    "tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwD0KiivHawbsdmGw3t762sexUV47RS5zq/s"
    "3+9+H/BPYqK8dr1bRv8AkC2P/XvH/wCgimpXObE4X2CTve5coooqjkCvHa9irx2omeplv2vl+oUUUjHapNTGLk0l1PSnJQi5PZCM4XrXUWfj"
    "n7LZQW39m7/JjVN3n4zgYzjbXHkknJ60V7lLAU4r3tWfL4vMJ13polsej6b40027ZI7pXtJG7v8AMmc4A3D88kADmulrxOu78B6vNcCTTLhm"
    "cQpvhYj7qg4Kk/iMfj7VjisGoR54GNOq27M7GuC/4QrU/wDnvaf99t/8TXe0V5rVzuo150b8vU4L/hCtT/572n/fbf8AxNMm8FaoIXKy2rkD"
    "IVXbLewyMV6BRTj7slJdDSeMqzi4vZnijo8cjRyKyOpIZWGCCOxFJXp+veGLPWJPP3tb3OMeYoyG/wB4d+OOo/HFc0/gPUhIwjubRkydpZmB"
    "I9xg4/Ovbp4ylJauzPIlRknocrXafD7Tplmn1J1ZYmTyo8j7/IJI+m0D8fapdN8CRoySandeZjkxQjAJz/ePJGPYdetdiiJHGscaqiKAFVRg"
    "ADsBXPisXGUeSBpSpNO7P//Z"
)
WEBP = base64.b64decode(
    "UklGRk4BAABXRUJQVlA4IEIBAABwCACdASpAADAAPsVOoEunpCMhurTYAPAYiWwAv+QOyHkK0APPV5wDgAB5j5EiTIf/rJH6Q9NTcSP9FyNB"
    "07XPTE+F093bbVqyyCiAAP734rH+GniVFGfA1bwo79+bkT52V4QkZ/+MNkxdETLbbGEqf3oy6u4lELhBAn/Xr/1u3avThrv2AEoTbY+oE3WE"
    "6U3kSqmFbTWYgx46TjmNpogR5Tnky8yVbh4Xei1VaFvjTLdf6lBR0dMgeFCBgqLLKBS4+AH/cw1t7VvSA+vpZ2R/gunVviRK+7XdrT80lbVa"
    "/Lwvrbcw8dMoMFz0qHZHpdGNu2KdV+nRnNG0QKg8B1W/njpvCqi+6dvjCVuFDLvWOkqvCpWnCzHMK6AqaxYYuivfzos6tRgadyJEmD90ebeT"
    "/kxDTyUDtPyEaIOXYjj8AAAA"
)
GIF = base64.b64decode(
    "R0lGODdhQAAwAIEAAPDs3LQeKBQ8oAAAACwAAAAAQAAwAEAI3AABCBxIsKDBgwgTKlxoMIDDhxAjSpwYkaHFhhQzaqx4sSOAjSAfChhJsqTJ"
    "kyM7hsyIsqVLlB5jEnxJM6XMmzhzrtwJMadCnkBd+gQqsabRkgyJRjzK1KdToU6jSp1KNarSlVUHXg2ZVeBWkF0/fl3KlGTMsQHK0rT4Ve3R"
    "hW3d1gw7Uy5Mugjl4t3Lt6/fv4ADCyaINmPYwhQPI5aoeHHPro45Zo38eHLkpjIX2xXgsfBmpGzjfjaZdOvolnBNnz6Z+upq1j9VvzaLd7ZN"
    "vqsFbx5c1yjv38APBgQAOw=="
)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, colour: tuple[int, int, int] = (200, 40, 60), rows: bytes | None = None) -> bytes:
    """An RGB PNG of one colour, or of `rows` (raw scan lines, each with its filter byte)."""
    if rows is None:
        rows = (b"\0" + bytes(colour) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows, 1)) + _chunk(b"IEND", b"")


def png_claiming(width: int, height: int) -> bytes:
    """A PNG whose header tells of more pixels than it has: a decompression bomb without the bomb."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + _chunk(b"IEND", b"")


def jpeg_of_size(size: int, widest: int = 2048) -> bytes:
    """A JPEG of random DCT coefficients, within some per cent of `size` bytes and about square: nothing in
    it can be cut out, and up to 22 MB it is at most 2048 pixels wide, so that nothing needs to be shrunk.
    A larger `widest` gives large sizes more pixels instead of more bits in each.

    Three components without subsampling, quantizers of 1, one restart interval for each row of blocks. Every
    coefficient has the same 4-bit code 0000 and `bits` bits of value, so a row is one long random number;
    eight rows are made and then repeated.
    """
    bits = 4 if size < 4_000_000 or widest > 2048 else 10
    block_bytes = (1 + 63 * (4 + bits)) / 8
    blocks = max(1, round(size / (3 * block_bytes * (1 + 1 / 512))))
    columns = min(widest // 8, max(1, round(blocks**0.5)))
    rows = max(1, round(blocks / columns))
    dice = random.Random(size)

    def row() -> bytes:
        text = "".join("0" + "".join(format(dice.getrandbits(bits), f"0{4 + bits}b") for _ in range(63)) for _ in range(3 * columns))
        text += "1" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\0")

    def segment(marker: int, data: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data

    made = [row() for _ in range(min(rows, 8))]
    components = bytes((1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0))
    head = (b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + segment(0xDB, b"\0" + b"\1" * 64)
            + segment(0xC0, struct.pack(">BHHB", 8, rows * 8, columns * 8, 3) + components)
            + segment(0xC4, b"\0" + bytes((1,)) + b"\0" * 15 + b"\0")                                # DC: code 0 is a difference of 0
            + segment(0xC4, b"\x10" + bytes((0, 0, 0, 2)) + b"\0" * 12 + bytes((bits, 0)))         # AC: code 0000 is a value of `bits` bits
            + segment(0xDD, struct.pack(">H", columns)) + segment(0xDA, bytes((3, 1, 0, 2, 0, 3, 0, 0, 63, 0))))
    scan = b"".join(made[i % 8] + (bytes((0xFF, 0xD0 + i % 8)) if i + 1 < rows else b"") for i in range(rows))
    return head + scan + b"\xff\xd9"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def data_url(data: bytes, mime: str = "image/jpeg") -> str:
    return f"data:{mime};base64,{b64(data)}"
