# The operations of RandAugment (arXiv:1909.13719) that get stronger with the magnitude level, each
# with what it does at level 0 and at the highest one.


def __growing(key, low, high):
    return dict(magnitude_key=key, magnitude_range=(low, high))


__directions = [dict(direction=name) for name in ('horizontal', 'vertical')]

rand_increasing_policies = [
    *(dict(type=name) for name in ('AutoContrast', 'Equalize', 'Invert')),
    dict(type='Rotate', **__growing('angle', 0, 30)),
    dict(type='Posterize', **__growing('bits', 4, 0)),
    dict(type='Solarize', **__growing('thr', 256, 0)),
    dict(type='SolarizeAdd', **__growing('magnitude', 0, 110)),
    *(dict(type=name, **__growing('magnitude', 0, 0.9))
      for name in ('ColorTransform', 'Contrast', 'Brightness', 'Sharpness')),
    *(dict(type='Shear', **__growing('magnitude', 0, 0.3), **way) for way in __directions),
    *(dict(type='Translate', **__growing('magnitude', 0, 0.45), **way) for way in __directions),
]
