# LVIS v0.5: COCO's pictures with a long tail of classes; pictures of rare ones come up more often.
_base_ = './coco_instance.py'

dataset_type = 'LVISV05Dataset'
data_root = 'data/lvis_v0.5/'


def __part(split):
    return dict(
        type=dataset_type,
        ann_file=f'{data_root}annotations/lvis_v0.5_{split}.json',
        img_prefix=f'{data_root}{split}2017/')


data = dict(
    train=dict(
        _delete_=True,
        type='ClassBalancedDataset',
        oversample_thr=0.001,
        dataset=__part('train')),
    val=__part('val'),
    test=__part('val'))
evaluation = dict(metric=['bbox', 'segm'])
