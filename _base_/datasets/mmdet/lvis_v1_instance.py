# LVIS v1: COCO's pictures with a long tail of classes; pictures of rare ones come up more often.
_base_ = './coco_instance.py'

dataset_type = 'LVISV1Dataset'
data_root = 'data/lvis_v1/'


def __part(split):
    return dict(
        type=dataset_type,
        ann_file=f'{data_root}annotations/lvis_v1_{split}.json',
        img_prefix=data_root)


data = dict(
    train=dict(
        _delete_=True,
        type='ClassBalancedDataset',
        oversample_thr=0.001,
        dataset=__part('train')),
    val=__part('val'),
    test=__part('val'))
evaluation = dict(metric=['bbox', 'segm'])
