"""Records image decoding and mmcls transforms.

    python transforms.py --mmrazor PATH

`transforms/images/` holds inputs made here; `transforms.json` lists the cases, each with
the names of its input and output tensors in `transforms.safetensors`. Pixels are
`[H, W, C]` in BGR order as everywhere in mmcv.
"""

import io
import itertools
import unittest.mock

import cv2
import mmcv
import numpy as np
from mmcls.datasets.builder import PIPELINES
from mmcv.utils import build_from_cfg
from PIL import Image

import common

OUT = common.folder('transforms')
IMAGES = common.folder('transforms/images')
CASES, TENSORS = [], {}


def scene(height, width, seed):
    """A picture with slopes, edges, fine texture and a few saturated spots (RGB)."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    random = np.random.RandomState(seed)
    planes = []
    for channel in range(3):
        plane = 90 + 60 * np.sin(x / (7 + 3 * channel) + seed) + 50 * np.cos(y / (9 - channel))
        plane += 1.2 * x * (channel == 0) - 0.8 * y * (channel == 2)
        plane[height // 3:height // 2, width // 4:width // 2] = 230 - 80 * channel
        plane[(y - height * 0.7) ** 2 + (x - width * 0.7) ** 2 < (height / 6) ** 2] *= 0.3
        planes.append(plane + random.normal(0, 6, plane.shape))
    return np.clip(np.stack(planes, -1), 0, 255).round().astype(np.uint8)


def encoded(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def inputs():
    """Makes the input files, name to bytes."""
    photo = Image.fromarray(scene(97, 131, 1))
    small = Image.fromarray(scene(37, 53, 2))
    tall = Image.fromarray(scene(60, 41, 3))
    files = {
        'photo_420.jpg': encoded(photo, 'JPEG', quality=88, subsampling=2),
        'photo_422.jpg': encoded(tall, 'JPEG', quality=75, subsampling=1),
        'photo_444.jpg': encoded(tall, 'JPEG', quality=92, subsampling=0),
        'gray.jpg': encoded(small.convert('L'), 'JPEG', quality=80),
        'progressive.jpg': encoded(photo, 'JPEG', quality=70, progressive=True),
        'restart.jpg': None,
        'cmyk.jpg': encoded(small.convert('CMYK'), 'JPEG', quality=85),
    }
    files['restart.jpg'] = cv2.imencode(
        '.jpg', np.asarray(small)[..., ::-1],
        [cv2.IMWRITE_JPEG_QUALITY, 83, cv2.IMWRITE_JPEG_RST_INTERVAL, 2])[1].tobytes()
    for orientation in range(2, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        files[f'exif{orientation}.jpg'] = encoded(
            small, 'JPEG', quality=85, exif=exif.tobytes())
    alpha = np.linspace(0, 255, small.width * small.height)
    alpha = Image.fromarray(alpha.reshape(small.height, small.width).astype(np.uint8))
    rgba = small.copy()
    rgba.putalpha(alpha)
    gray_alpha = small.convert('L')
    gray_alpha.putalpha(alpha)
    deep = (np.asarray(small).astype(np.uint32) * 257 + np.arange(53)[None, :, None] * 37)
    deep = np.clip(deep, 0, 65535).astype(np.uint16)
    bgr16 = np.ascontiguousarray(deep[..., ::-1])
    files.update({
        'rgb.png': encoded(small, 'PNG'),
        'rgba.png': encoded(rgba, 'PNG'),
        'gray.png': encoded(small.convert('L'), 'PNG'),
        'gray_alpha.png': encoded(gray_alpha, 'PNG'),
        'palette.png': encoded(small.quantize(64), 'PNG'),
        'palette_transparent.png': encoded(small.quantize(16), 'PNG', transparency=3),
        'one_bit.png': encoded(small.convert('1'), 'PNG'),
        'gray16.png': cv2.imencode('.png', deep[..., 1])[1].tobytes(),
        'rgb16.png': cv2.imencode('.png', bgr16)[1].tobytes(),
        'interlaced.png': interlaced(np.asarray(small)),
        'rgb.bmp': encoded(tall, 'BMP'),
        'rgb.ppm': encoded(tall, 'PPM'),
        'gray.pgm': encoded(tall.convert('L'), 'PPM'),
        'rgb.tif': encoded(tall, 'TIFF'),
    })
    files.update({
        'truncated.jpg': files['photo_420.jpg'][:len(files['photo_420.jpg']) * 6 // 10],
        'truncated.png': files['rgb.png'][:len(files['rgb.png']) // 2],
        'header_only.jpg': files['photo_420.jpg'][:200],
        'not_an_image.jpg': b'<html>404 not found</html>\n' * 4,
        'empty.jpg': b'',
    })
    return files


def interlaced(rgb):
    """Adam7 PNG, which neither Pillow nor OpenCV write."""
    import struct
    import zlib
    height, width = rgb.shape[:2]
    rows = b''
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4),
                           (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        part = rgb[y0::dy, x0::dx]
        if part.size:
            rows += b''.join(b'\0' + row.tobytes() for row in part)

    def chunk(kind, data):
        body = kind + data
        return struct.pack('>I', len(data)) + body + struct.pack('>I', zlib.crc32(body))

    return (b'\x89PNG\r\n\x1a\n'
            + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 1))
            + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))


def add(operation, output, source=None, **facts):
    """Adds a case; equal tensors are stored once."""
    case = dict(operation=operation, **facts)
    if source is not None:
        case['input'] = source
    case['output'] = None if output is None else store(output)
    CASES.append(case)


def store(value, name=None):
    value = np.ascontiguousarray(value)
    for known, other in TENSORS.items():
        if (other.dtype == value.dtype and other.shape == value.shape
                and np.array_equal(other, value)):
            return known
    name = name or f't{len(TENSORS)}'
    TENSORS[name] = value
    return name


def run(cfg, source, image, operation=None):
    """Runs one mmcls transform on an image and adds the case."""
    transform = build_from_cfg(dict(cfg), PIPELINES)
    results = transform(dict(img=image.copy(), img_shape=image.shape, img_fields=['img']))
    output = results['img']
    output = output.numpy() if hasattr(output, 'numpy') else output
    add(operation or 'transform', output, source, config=cfg,
        **{key: results[key] for key in ('img_shape', 'flip', 'flip_direction')
           if key in results})
    return output


def decode():
    for name, content in inputs().items():
        (IMAGES / name).write_bytes(content)
        for flag in ('color', 'grayscale', 'unchanged', 'color_ignore_orientation'):
            if flag != 'color' and (name == 'photo_422.jpg' or name.startswith('progressive')):
                continue
            try:
                image = mmcv.imfrombytes(content, flag=flag)
            except Exception as error:
                add('decode', None, file=name, flag=flag,
                    error=f'{type(error).__name__}: {error}'.split('\n')[0])
                continue
            add('decode', image, file=name, flag=flag)


def load_failures():
    """What LoadImageFromFile itself raises."""
    load = build_from_cfg(dict(type='LoadImageFromFile'), PIPELINES)
    for name in ('not_an_image.jpg', 'empty.jpg', 'header_only.jpg', 'missing.jpg'):
        try:
            load(dict(img_prefix='transforms/images', img_info=dict(filename=name)))
        except Exception as error:
            add('load_failure', None, file=name, error=f'{type(error).__name__}: {error}')
        else:
            add('load_failure', None, file=name, error=None)


def resize(photo, tall, gray):
    sizes = [(48, 64), (150, 170), 40, (50, -1), (97, 64)]
    for size, interpolation in itertools.product(
            sizes, ('nearest', 'bilinear', 'bicubic', 'area', 'lanczos')):
        run(dict(type='Resize', size=size, interpolation=interpolation), 'photo', photo)
    for size, interpolation in itertools.product(
            sizes[:4], ('nearest', 'bilinear', 'bicubic', 'box', 'lanczos', 'hamming')):
        run(dict(type='Resize', size=size, interpolation=interpolation, backend='pillow'),
            'photo', photo)
    run(dict(type='Resize', size=(256, -1)), 'photo', photo)
    for side in ('short', 'long', 'height', 'width'):
        run(dict(type='Resize', size=(45, -1), adaptive_side=side), 'photo', photo)
        run(dict(type='Resize', size=(45, -1), adaptive_side=side), 'tall', tall)
    run(dict(type='Resize', size=(97, -1)), 'photo', photo)  # as it is
    for interpolation in ('nearest', 'bilinear', 'bicubic', 'area'):
        run(dict(type='Resize', size=(30, 33), interpolation=interpolation), 'tall.float',
            tall.astype(np.float32) / 3)
        run(dict(type='Resize', size=(30, 33), interpolation=interpolation), 'gray', gray)
    # Halving exactly has its own path in OpenCV.
    even = photo[:96, :130]
    store(even, 'even')
    for interpolation in ('bilinear', 'area'):
        run(dict(type='Resize', size=(48, 65), interpolation=interpolation), 'even', even)


def crop(photo, tall):
    for size in (32, (20, 51), 97, 120, (200, 40), 31):
        run(dict(type='CenterCrop', crop_size=size), 'photo', photo)
    for interpolation, backend in (('bilinear', 'cv2'), ('bicubic', 'cv2'),
                                   ('bicubic', 'pillow')):
        run(dict(type='CenterCrop', crop_size=48, efficientnet_style=True,
                 interpolation=interpolation, backend=backend), 'photo', photo)
    boxes = [(0, 0, 96, 130), (10, 20, 60, 90), (5, 3, 5, 3), (50, 100, 96, 130),
             (30, 31, 70, 50)]
    for box, interpolation in itertools.product(boxes, ('bilinear', 'bicubic', 'area')):
        cfg = dict(type='RandomResizedCrop', size=(36, 44), interpolation=interpolation)
        cls = PIPELINES.get('RandomResizedCrop')
        with unittest.mock.patch.object(cls, 'get_params', lambda *a, **k: box):
            run(cfg, 'photo', photo, 'random_resized_crop')
        CASES[-1]['box'] = list(box)  # ymin, xmin, ymax, xmax, both ends included
    for name, image in (('photo', photo), ('tall', tall), ('strip', photo[:20])):
        if name == 'strip':
            store(image, name)
        cls = PIPELINES.get('RandomResizedCrop')
        add('random_resized_crop_fallback', None, name, size=list(image.shape[:2]),
            ratio=(3. / 4., 4. / 3.),
            box=list(cls.get_params(image, (0.08, 1), (3. / 4., 4. / 3.), 0)))

    cls = PIPELINES.get('RandomCrop')

    def random_crop(offset, **options):
        def params(image, size):
            return (*offset, *size)
        with unittest.mock.patch.object(cls, 'get_params', staticmethod(params)):
            run(dict(type='RandomCrop', **options), 'tall', tall, 'random_crop')
        CASES[-1]['offset'] = list(offset)  # ymin, xmin in the padded image

    random_crop((3, 2), size=32)
    random_crop((0, 9), size=(60, 32))
    random_crop((0, 0), size=32, padding=4)
    random_crop((36, 17), size=32, padding=4, pad_val=7)
    random_crop((1, 1), size=(62, 45), padding=(2, 5), pad_val=(10, 20, 30))
    random_crop((0, 0), size=(66, 45), padding=(1, 2, 3, 4), pad_val=255)
    # With `padding` the mode is not passed on: a constant border whatever it says.
    random_crop((0, 0), size=32, padding=4, padding_mode='reflect')
    for mode in ('constant', 'edge', 'reflect', 'symmetric'):
        random_crop((2, 3), size=(70, 52), pad_if_needed=True, padding_mode=mode, pad_val=9)


def colour(photo, tall):
    for direction in ('horizontal', 'vertical'):
        run(dict(type='RandomFlip', flip_prob=1.0, direction=direction), 'tall', tall)
    run(dict(type='RandomFlip', flip_prob=0.0), 'tall', tall)
    names = ('Brightness', 'Contrast', 'ColorTransform')
    for magnitudes in ((0.3, -0.2, 0.35), (-0.4, 0.4, -0.1), (0.377, 0.211, 0.4)):
        steps = [dict(type=name, magnitude=magnitude, prob=1.0, random_negative_prob=0.0)
                 for name, magnitude in zip(names, magnitudes)]
        for order in itertools.permutations(range(3)):
            run(dict(type='ComposeSteps', transforms=[steps[index] for index in order]),
                'tall', tall)
    for name, magnitude in itertools.product(names, (-1.0, -0.73, 0.0, 0.9)):
        run(dict(type=name, magnitude=magnitude, prob=1.0, random_negative_prob=0.0),
            'photo', photo)


@PIPELINES.register_module()
class ComposeSteps:
    """Runs transforms one after the other, as ColorJitter does after shuffling them."""

    def __init__(self, transforms):
        self.transforms = [build_from_cfg(step, PIPELINES) for step in transforms]

    def __call__(self, results):
        for transform in self.transforms:
            results = transform(results)
        return results


def normalise(tall, gray):
    mean, std = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]
    for to_rgb in (True, False):
        run(dict(type='Normalize', mean=mean, std=std, to_rgb=to_rgb), 'tall', tall)
    run(dict(type='Normalize', mean=[0., 0., 0.], std=[1., 1., 1.], to_rgb=False), 'tall',
        tall)
    run(dict(type='Normalize', mean=mean, std=std), 'tall.float',
        tall.astype(np.float32) / 3)
    run(dict(type='ImageToTensor', keys=['img']), 'tall', tall)
    run(dict(type='ImageToTensor', keys=['img']), 'gray', gray)


def pipelines():
    """Whole test pipelines from file to tensor."""
    for size, crop_size in (((48, -1), 40), ((97, -1), 64)):
        steps = [
            dict(type='LoadImageFromFile'),
            dict(type='Resize', size=size),
            dict(type='CenterCrop', crop_size=crop_size),
            dict(type='Normalize', mean=[123.675, 116.28, 103.53],
                 std=[58.395, 57.12, 57.375], to_rgb=True),
            dict(type='ImageToTensor', keys=['img'])]
        for name in ('photo_420.jpg', 'exif6.jpg', 'gray.jpg', 'rgba.png'):
            if name != 'photo_420.jpg' and crop_size == 64:
                continue
            results = dict(img_prefix=str(IMAGES), img_info=dict(filename=name))
            for step in steps:
                results = build_from_cfg(dict(step), PIPELINES)(results)
            add('pipeline', results['img'].numpy(), file=name, config=steps,
                img_shape=results['img_shape'], ori_shape=results['ori_shape'])


def main():
    common.arguments(__doc__)
    decode()
    load_failures()
    photo = mmcv.imfrombytes((IMAGES / 'photo_420.jpg').read_bytes())
    tall = mmcv.imfrombytes((IMAGES / 'photo_444.jpg').read_bytes())
    gray = mmcv.imfrombytes((IMAGES / 'gray.jpg').read_bytes(), flag='grayscale')
    sources = {'photo': photo, 'tall': tall, 'gray': gray,
               'tall.float': tall.astype(np.float32) / 3}
    aliases = {name: store(image, name) for name, image in sources.items()}
    resize(photo, tall, gray)
    crop(photo, tall)
    colour(photo, tall)
    normalise(tall, gray)
    pipelines()
    for case in CASES:
        if case.get('input') in aliases:
            case['input'] = aliases[case['input']]
    common.write_tensors(OUT / 'transforms.safetensors', TENSORS)
    lines = ',\n'.join(common.json.dumps(common.plain(case)) for case in CASES)
    (OUT / 'transforms.json').write_text('{"cases": [\n' + lines + '\n]}\n')


if __name__ == '__main__':
    main()
