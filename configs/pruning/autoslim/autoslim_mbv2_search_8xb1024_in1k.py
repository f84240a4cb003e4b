# AutoSlim, second step: takes channels away greedily, always where it costs the least accuracy, and
# keeps the subnet at each of the wanted sizes.
_base_ = './autoslim_mbv2_supernet_8xb256_in1k.py'

algorithm = dict(distiller=None, input_shape=(3, 224, 224))

__millions = 10**6
searcher = dict(
    type='GreedySearcher',
    target_flops=[size * __millions for size in (500, 300, 200)],
    max_channel_bins=12,
    metrics='accuracy')

data = dict(samples_per_gpu=1024, workers_per_gpu=4)
