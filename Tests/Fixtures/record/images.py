"""Records what OpenCV reads of image files of many kinds.

Usage: python images.py     (OpenCV 4.6 or later, Pillow, tifffile)
Makes ../images/files/*, reads each by `cv2.imread`, and writes ../images/images.json and .safetensors.
`images.json`: per file and flag the name of the tensor, or null where OpenCV gives nothing.
"""
import io
import json
import pathlib
import struct
import sys

import cv2
import numpy as np
import tifffile
from PIL import Image

import common

OUT = common.folder('images')
FILES = common.folder('images/files')
for old in FILES.iterdir():
    old.unlink()


def scene(height, width, seed):
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    random = np.random.RandomState(seed)
    planes = [120 + 80 * np.sin(x / (3 + c) + seed) + 50 * np.cos(y / (5 - c)) +
              random.normal(0, 4, x.shape) for c in range(3)]
    return np.clip(np.stack(planes, -1), 0, 255).round().astype(np.uint8)


RGB = scene(13, 19, 1)
GRAY = RGB[..., 1]
ALPHA = (np.mgrid[0:13, 0:19].sum(0) * 8).astype(np.uint8)
RGBA = np.dstack([RGB, ALPHA])
BITS = GRAY > 128
photo = Image.fromarray(RGB)
# Noise makes the cut fall into the middle of the data.
large = Image.fromarray(scene(48, 64, 2))


def put(name, data):
    (FILES / name).write_bytes(data)


def pil(name, image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    put(name, buffer.getvalue())
    return buffer.getvalue()


# WebP
lossy = pil('lossy.webp', photo, 'WEBP', quality=80)
pil('lossless.webp', photo, 'WEBP', lossless=True)
pil('alpha.webp', Image.fromarray(RGBA), 'WEBP', lossless=True, exact=True)
pil('lossy_alpha.webp', Image.fromarray(RGBA), 'WEBP', quality=80)
pil('animated.webp', photo, 'WEBP', lossless=True, save_all=True,
    append_images=[Image.fromarray(RGB[::-1])], duration=40)
pil('gray.webp', Image.fromarray(GRAY), 'WEBP', lossless=True)
put('cut.webp', lossy[:len(lossy) * 2 // 3])
put('head_only.webp', lossy[:16])

# TIFF
pil('rgb.tif', photo, 'TIFF')
cut = pil('lzw.tif', photo, 'TIFF', compression='tiff_lzw')
put('cut.tif', cut[:len(cut) * 2 // 3])
pil('deflate.tiff', photo, 'TIFF', compression='tiff_adobe_deflate')
pil('packbits.tif', photo, 'TIFF', compression='packbits')
pil('jpeg.tif', large, 'TIFF', compression='jpeg')
pil('gray.tif', Image.fromarray(GRAY), 'TIFF')
pil('fax.tif', Image.fromarray(BITS), 'TIFF', compression='group4')
pil('bits.tif', Image.fromarray(BITS), 'TIFF')
pil('palette.tif', photo.quantize(16), 'TIFF')
pil('rgba.tif', Image.fromarray(RGBA), 'TIFF')
pil('gray_alpha.tif', Image.fromarray(np.dstack([GRAY, ALPHA])), 'TIFF')
pil('cmyk.tif', photo.convert('CMYK'), 'TIFF')
pil('gray16.tif', Image.fromarray(GRAY.astype(np.uint16) * 257 - 3), 'TIFF')
pil('pages.tif', photo, 'TIFF', save_all=True, append_images=[Image.fromarray(RGB[::-1])])
tifffile.imwrite(FILES / 'rgb16.tif', RGB.astype(np.uint16) * 200, photometric='rgb')
tifffile.imwrite(FILES / 'tiled.tif', np.asarray(large), tile=(16, 32), photometric='rgb')
tifffile.imwrite(FILES / 'planes.tif', RGB.transpose(2, 0, 1).copy(), planarconfig='separate',
                 photometric='rgb')
tifffile.imwrite(FILES / 'big_endian.tif', RGB, byteorder='>', photometric='rgb')
tifffile.imwrite(FILES / 'bigtiff.tif', RGB, bigtiff=True, photometric='rgb')
tifffile.imwrite(FILES / 'white_is_zero.tif', GRAY, photometric='miniswhite')
tifffile.imwrite(FILES / 'floats.tif', GRAY.astype(np.float32), photometric='minisblack')
tifffile.imwrite(FILES / 'strips.tif', RGB, rowsperstrip=4, photometric='rgb')
for orientation in range(2, 9):
    tifffile.imwrite(FILES / f'orientation{orientation}.tif', RGB[:5], photometric='rgb',
                     extratags=[(274, 'H', 1, orientation, True)])


# BMP
def bitmap(name, bits, data, width=19, height=13, compression=0, palette=b'', masks=b'', size=40,
           used=0):
    head = struct.pack('<IiiHHIIiiII', size, width, height, 1, bits, compression, len(data), 0, 0,
                       used, 0)
    if size > 40:
        head += masks.ljust(size - 40, b'\0')
        masks = b''
    offset = 14 + len(head) + len(masks) + len(palette)
    content = struct.pack('<2sIHHI', b'BM', offset + len(data), 0, 0, offset)
    put(name, content + head + masks + palette + data)


def rows(array, flip=True):
    lines = [np.ascontiguousarray(row).tobytes() for row in (array[::-1] if flip else array)]
    return b''.join(line + b'\0' * (-len(line) % 4) for line in lines)


random = np.random.RandomState(3)
colors = np.dstack([random.randint(0, 256, (1, 256)) for _ in range(4)])[0].astype(np.uint8)
colors[:, 3] = 0
index = (GRAY // 16).astype(np.uint8)
nibbles = np.pad(index, ((0, 0), (0, 1)))
nibbles = (nibbles[:, ::2] << 4 | nibbles[:, 1::2]).astype(np.uint8)
bitmap('bits1.bmp', 1, rows(np.packbits(BITS, axis=1)), palette=colors[:2].tobytes())
bitmap('bits4.bmp', 4, rows(nibbles), palette=colors[:16].tobytes())
bitmap('bits8.bmp', 8, rows(GRAY), palette=colors.tobytes())
bitmap('gray8.bmp', 8, rows(GRAY),
       palette=np.repeat(np.arange(256, dtype=np.uint8), 4).tobytes())
bitmap('short_palette.bmp', 8, rows(index), palette=colors[:10].tobytes(), used=10)
BGR = RGB[..., ::-1].astype(np.uint32)
five = (BGR[..., 2] >> 3 << 10 | BGR[..., 1] >> 3 << 5 | BGR[..., 0] >> 3).astype('<u2')
six = (BGR[..., 2] >> 3 << 11 | BGR[..., 1] >> 2 << 5 | BGR[..., 0] >> 3).astype('<u2')
bitmap('bits555.bmp', 16, rows(five))
bitmap('fields555.bmp', 16, rows(five), compression=3, masks=struct.pack('<III', 0x7c00, 0x3e0, 0x1f))
bitmap('fields565.bmp', 16, rows(six), compression=3, masks=struct.pack('<III', 0xf800, 0x7e0, 0x1f))
bitmap('fields565_v4.bmp', 16, rows(six), compression=3, size=108,
       masks=struct.pack('<III', 0xf800, 0x7e0, 0x1f))
bitmap('bits24.bmp', 24, rows(RGB[..., ::-1]))
bitmap('top_down.bmp', 24, rows(RGB[..., ::-1], flip=False), height=-13)
bitmap('bits32.bmp', 32, rows(RGBA[..., [2, 1, 0, 3]]))
usual = struct.pack('<IIII', 0xff0000, 0xff00, 0xff, 0xff000000)
bitmap('fields32.bmp', 32, rows(RGBA[..., [2, 1, 0, 3]]), compression=3, masks=usual[:12])
bitmap('fields32_v3.bmp', 32, rows(RGBA[..., [2, 1, 0, 3]]), compression=3, size=56, masks=usual)
bitmap('fields32_v5.bmp', 32, rows(RGBA[..., [2, 1, 0, 3]]), compression=3, size=124, masks=usual)
bitmap('fields32_other.bmp', 32, rows(RGBA), compression=3, size=124,
       masks=struct.pack('<IIII', 0xff, 0xff00, 0xff0000, 0xff000000))
put('core.bmp', struct.pack('<2sIHHI', b'BM', 0, 0, 0, 26 + 48) +
    struct.pack('<IHHHH', 12, 19, 13, 1, 4) + colors[:16, :3].tobytes() + rows(nibbles))
put('core24.bmp', struct.pack('<2sIHHI', b'BM', 0, 0, 0, 26) +
    struct.pack('<IHHHH', 12, 19, 13, 1, 24) + rows(RGB[..., ::-1]))
eight = b''
for row in index[::-1]:
    for value in row[:9]:
        eight += bytes([1, value])
    eight += bytes([0, 7]) + row[9:16].tobytes() + b'\0' + bytes([3, 5, 0, 0])
bitmap('rle8.bmp', 8, eight + b'\0\1', compression=1, palette=colors.tobytes())
bitmap('rle8_skips.bmp', 8, bytes([4, 1, 0, 2, 3, 2, 5, 2, 0, 0, 2, 9, 0, 0, 0, 1]), compression=1,
       palette=colors.tobytes())
four = b''
for row in index[::-1]:
    for left, right in zip(row[:8:2], row[1:8:2]):
        four += bytes([2, left << 4 | right])
    tail = np.pad(row[8:], (0, 1))
    packed = (tail[::2] << 4 | tail[1::2]).astype(np.uint8).tobytes()
    four += bytes([0, 11]) + packed + b'\0' * (len(packed) % 2) + b'\0\0'
bitmap('rle4.bmp', 4, four + b'\0\1', compression=2, palette=colors[:16].tobytes())
bitmap('cut.bmp', 24, rows(RGB[..., ::-1])[:300])
bitmap('wide.bmp', 24, b'', width=1 << 30, height=1)

# PNM


def text(array):
    lines = [' '.join(map(str, row)) for row in array.reshape(array.shape[0], -1)]
    return '\n'.join(lines + ['']).encode()


put('p1.pbm', b'P1\n# bits\n19 13\n' + text(BITS.astype(int)))
put('p1_dense.pbm', b'P1 19 13 ' + text(BITS.astype(int)).replace(b' ', b''))
put('p2.pgm', b'P2\n19 13\n255\n' + text(GRAY))
put('p2_15.pgm', b'P2\n19 # width\n13\n15\n' + text(index))
put('p2_deep.pgm', b'P2\n19 13\n65535\n' + text(np.maximum(GRAY.astype(int) * 257 - 3, 0)))
put('p3.ppm', b'P3\n19 13\n255\n' + text(RGB))
put('p4.pbm', b'P4\n19 13\n' + np.packbits(BITS, axis=1).tobytes())
put('p5.pgm', b'P5\n19 13\n255\n' + GRAY.tobytes())
put('p5_15.pgm', b'P5\n19 13\n15\n' + index.tobytes())
put('p5_deep.pgm', b'P5\n19 13\n65535\n' + (GRAY.astype('>u2') * 257 - 3).astype('>u2').tobytes())
put('p6.ppm', b'P6\n19 13\n255\n' + RGB.tobytes())
put('p6_deep.ppm', b'P6\n19 13\n1000\n' + (RGB.astype(int) * 3).astype('>u2').tobytes())
put('cut.ppm', b'P6\n19 13\n255\n' + RGB.tobytes()[:400])
put('cut.pgm', b'P2\n19 13\n255\n' + text(GRAY)[:300])
for kind, array in [('GRAYSCALE', GRAY), ('RGB', RGB), ('RGB_ALPHA', RGBA),
                    ('BLACKANDWHITE', BITS.astype(np.uint8))]:
    depth = 1 if array.ndim == 2 else array.shape[2]
    most = 1 if kind == 'BLACKANDWHITE' else 255
    put(f'p7_{kind.lower()}.pam', f'P7\nWIDTH 19\nHEIGHT 13\nDEPTH {depth}\nMAXVAL {most}\n'
        f'TUPLTYPE {kind}\nENDHDR\n'.encode() + array.tobytes())

# Damaged JPEG and PNG
jpegs = {
    'baseline': pil('baseline.jpg', large, 'JPEG', quality=85),
    'progressive': pil('progressive.jpg', large, 'JPEG', quality=85, progressive=True),
    'gray': pil('gray.jpg', large.convert('L'), 'JPEG', quality=85),
    'cmyk': pil('cmyk.jpg', large.convert('CMYK'), 'JPEG', quality=85),
    'restart': cv2.imencode('.jpg', np.asarray(large), [cv2.IMWRITE_JPEG_RST_INTERVAL, 4])[1].tobytes(),
}
put('restart.jpg', jpegs['restart'])
for name, data in jpegs.items():
    put(f'cut_{name}.jpg', data[:len(data) * 2 // 3])
    damaged = bytearray(data)
    for position in range(len(data) * 3 // 4, len(data) * 3 // 4 + 3):
        damaged[position] ^= 0x5a
    put(f'damaged_{name}.jpg', bytes(damaged))
put('no_end.jpg', jpegs['baseline'][:-2])
start = jpegs['baseline'].index(b'\xff\xda')
put('no_data.jpg', jpegs['baseline'][:start + 14])
put('no_tables.jpg', jpegs['baseline'][:start])
png = pil('good.png', large, 'PNG')
put('cut.png', png[:len(png) * 2 // 3])
put('no_end.png', png[:-12])
put('bad_checksum.png', png[:-20] + bytes([png[-20] ^ 1]) + png[-19:])

FLAGS = {
    'color': cv2.IMREAD_COLOR, 'grayscale': cv2.IMREAD_GRAYSCALE, 'unchanged': cv2.IMREAD_UNCHANGED,
    'color_ignore_orientation': cv2.IMREAD_IGNORE_ORIENTATION | cv2.IMREAD_COLOR,
}
cases, tensors = {}, {}
for path in sorted(FILES.iterdir()):
    cases[path.name] = {}
    for flag, value in FLAGS.items():
        try:
            image = cv2.imread(str(path), value)
        except cv2.error:
            image = None
        name = None
        if image is not None and image.dtype == np.uint8:
            name = next((n for n, t in tensors.items() if t.shape == image.shape and (t == image).all()),
                        f'i{len(tensors)}')
            tensors[name] = image
        cases[path.name][flag] = name if image is None or name else str(image.dtype)
out = OUT if len(sys.argv) < 2 else pathlib.Path(sys.argv[1])
out.mkdir(exist_ok=True, parents=True)
(out / 'images.json').write_text(json.dumps(
    {'opencv': cv2.__version__, 'files': cases}, indent=0, sort_keys=True))
common.write_tensors(out / 'images.safetensors', tensors)
