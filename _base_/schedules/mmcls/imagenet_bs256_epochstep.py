# The rate of mobile networks: two per cent less each epoch.
_base_ = './imagenet_bs256.py'

optimizer = dict(lr=0.045, weight_decay=4e-5)
lr_config = dict(_delete_=True, policy='step', gamma=0.98, step=1)
runner = dict(max_epochs=300)
