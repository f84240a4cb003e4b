# The policy that AutoAugment (arXiv:1805.09501, table 9) found for ImageNet: 25 pairs of
# operations, one of which is drawn for each image. Strengths are given on a scale of ten levels, 0 to 9.
__levels = 9


def __posterize(bits, prob):
    return dict(type='Posterize', bits=bits, prob=prob)


def __solarize(level, prob):
    return dict(type='Solarize', thr=256 / __levels * level, prob=prob)


def __rotate(angle, prob):
    return dict(type='Rotate', angle=angle, prob=prob)


def __scaled(name, magnitude, prob):
    return dict(type=name, magnitude=magnitude, prob=prob)


def __equalize(prob):
    return dict(type='Equalize', prob=prob)


def __invert(prob):
    return dict(type='Invert', prob=prob)


__steep = 30 / __levels * 8
__auto_contrast = dict(type='AutoContrast', prob=0.6)
__shear = dict(type='Shear', magnitude=0.3 / __levels * 5, prob=0.6, direction='horizontal')

policy_imagenet = [
    [__posterize(4, 0.4), __rotate(30.0, 0.6)],
    [__solarize(4, 0.6), __auto_contrast],
    [__equalize(0.8), __equalize(0.6)],
    [__posterize(5, 0.6), __posterize(5, 0.6)],
    [__equalize(0.4), __solarize(5, 0.2)],
    [__equalize(0.4), __rotate(__steep, 0.8)],
    [__solarize(6, 0.6), __equalize(0.6)],
    [__posterize(6, 0.8), __equalize(1.0)],
    [__rotate(10.0, 0.2), __solarize(1, 0.6)],
    [__equalize(0.6), __posterize(5, 0.4)],
    [__rotate(__steep, 0.8), __scaled('ColorTransform', 0.0, 0.4)],
    [__rotate(30.0, 0.4), __equalize(0.6)],
    [__equalize(0.0), __equalize(0.8)],
    [__invert(0.6), __equalize(1.0)],
    [__scaled('ColorTransform', 0.4, 0.6), __scaled('Contrast', 0.8, 1.0)],
    [__rotate(__steep, 0.8), __scaled('ColorTransform', 0.2, 1.0)],
    [__scaled('ColorTransform', 0.8, 0.8), __solarize(2, 0.8)],
    [__scaled('Sharpness', 0.7, 0.4), __invert(0.6)],
    [__shear, __equalize(1.0)],
    [__scaled('ColorTransform', 0.0, 0.4), __equalize(0.6)],
    [__equalize(0.4), __solarize(5, 0.2)],
    [__solarize(4, 0.6), __auto_contrast],
    [__invert(0.6), __equalize(1.0)],
    [__scaled('ColorTransform', 0.4, 0.6), __scaled('Contrast', 0.8, 1.0)],
    [__equalize(0.8), __equalize(0.6)],
]
