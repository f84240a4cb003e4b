# PASCAL VOC 2012 together with the further annotations of the SBD dataset.
_base_ = './pascal_voc12.py'

__sets = dict(train='SegmentationClass', aug='SegmentationClassAug')
data = dict(
    train=dict(
        ann_dir=[*__sets.values()],
        split=[f'ImageSets/Segmentation/{name}.txt' for name in __sets]))
