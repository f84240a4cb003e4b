"""Records how `init_weights` leaves the SPOS nets: per parameter mean, deviation and bounds.

    python initialisation.py --mmrazor PATH

Random values cannot be compared one by one; their distribution can. Deviation and bounds of
a uniform or normal distribution tell which initialiser ran and with which fan.
"""

import pathlib

import torch

import common
import spos

OUT = common.folder('initialisation')


def main():
    root = pathlib.Path(common.arguments(__doc__).mmrazor) / 'configs' / 'nas' / 'spos'
    for net in spos.NETS:
        torch.manual_seed(0)
        with common.quiet():
            fresh, _ = spos.build(root, net, 'subnet')
            fresh.init_weights()
        rows = {}
        for name, value in fresh.named_parameters():
            value = value.detach().double()
            rows[name] = [common.digits(number, 6) for number in (
                value.mean(), value.std(unbiased=False), value.min(), value.max())]
        common.write_json(OUT / f'{net}_subnet.json', dict(
            columns=['mean', 'deviation', 'least', 'greatest'], parameters=rows))


if __name__ == '__main__':
    main()
