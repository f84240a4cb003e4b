# AutoSlim: a slimmable network, greedy search, narrow networks trained together. Read by
# quickstart.sh.
supernet=configs/pruning/autoslim/autoslim_mbv2_supernet_8xb256_in1k.py
search=configs/pruning/autoslim/autoslim_mbv2_search_8xb1024_in1k.py
subnet=configs/pruning/autoslim/autoslim_mbv2_subnet_8xb256_in1k.py

size=64 batch=32
supernet_epochs=10
subnet_epochs=22
bins=4               # of each group of channels
# MobileNetV2 half as wide as in its paper, a third of the recipe's width; costs are stated for these
# pictures.
narrow=(
  algorithm.architecture.model.backbone.widen_factor=0.5
  algorithm.architecture.model.head.in_channels=1280
  "algorithm.input_shape=(3,$size,$size)"
)
# The whole network has 8.7 million FLOPs. It is trained along with what is slimmed.
targets='[8800000,5500000,3500000]'

# Narrow networks underfit in so few steps: pictures that change less, and a second moment that
# follows faster, get them there in half of the time.
easier=(
  "data.train.pipeline.1.scale=(0.8,1.0)"
  data.train.pipeline.2.brightness=0
  data.train.pipeline.2.contrast=0
  data.train.pipeline.2.saturation=0
)

# What holds for a training run of so many epochs.
training() {
  printf '%s\n' \
    runner.max_epochs="$1" \
    "${easier[@]}" \
    "${optimizer[@]}" \
    optimizer.betas=[0.9,0.95] \
    log_config.interval=20 \
    checkpoint_config.interval="$1" \
    evaluation.interval="$1"
}

mapfile -t pictures < <(pictures $size $batch)
mapfile -t supernet_training < <(training $supernet_epochs)
mapfile -t subnet_training < <(training $subnet_epochs)

step "Train the slimmable network in $folder/supernet"
rm -rf "$folder/supernet" "$folder/search" "$folder/subnets" "$folder/parts"
tools/train $supernet --work-dir "$folder/supernet" --seed $seed \
  --cfg-options "${pictures[@]}" "${narrow[@]}" "${supernet_training[@]}"

step "Search widths in $folder/search"
tools/search $search "$folder/supernet/latest.pth" --work-dir "$folder/search" --seed $seed \
  --cfg-options "${pictures[@]}" "${narrow[@]}" data.samples_per_gpu=100 \
  searcher.target_flops=$targets searcher.max_channel_bins=$bins
# The widest first.
mapfile -t channels < <(printf '%s\n' "$folder"/search/subnet_*.yaml | sort --version-sort --reverse)

step "Train the networks together in $folder/subnets"
tools/train $subnet --work-dir "$folder/subnets" --seed $seed \
  --cfg-options "${pictures[@]}" "${narrow[@]}" "${subnet_training[@]}" \
  "algorithm.channel_cfg=$(IFS=, && printf '%s' "${channels[*]}")"

step "Split their checkpoint into $folder/parts"
tools/launch split-checkpoint $subnet "$folder/subnets/latest.pth" \
  --channel-cfgs "${channels[@]}" --output-dir "$folder/parts" \
  --cfg-options "${pictures[@]}" "${narrow[@]}"

for number in "${!channels[@]}"; do
  name=$((number + 1))
  step "Test network $name, ${channels[$number]}"
  options=("${pictures[@]}" "${narrow[@]}" "algorithm.channel_cfg=${channels[$number]}")
  tools/test $subnet "$folder/parts/checkpoint_$name.pth" --metrics accuracy \
    --out "$folder/parts/results_$name.json" --cfg-options "${options[@]}"
  tools/launch describe $subnet --shape $size --cfg-options "${options[@]}" \
    > "$folder/parts/modules_$name.txt"
  tools/launch benchmark $subnet --phases inference --shape $size --batch 100 --repeats 20 \
    --out "$folder/parts/speed_$name.json" --cfg-options "${options[@]}"
done
