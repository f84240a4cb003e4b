#!/usr/bin/env bash
# From nothing to a searched and retrained network, on pictures that it draws itself: builds the
# program, trains a SPOS supernet, searches it, trains the subnet that was found and tests it. The
# bundled configs are used as they are; whatever differs from ImageNet stands below.
#
# Usage: tools/quickstart.sh [FOLDER]     (default: work_dirs/quickstart)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=${1:-work_dirs/quickstart}

data=$folder/data
supernet=configs/nas/spos/spos_supernet_shufflenetv2_8xb128_in1k.py
search=configs/nas/spos/spos_evolution_search_shufflenetv2_8xb2048_in1k.py
subnet=configs/nas/spos/spos_subnet_shufflenetv2_8xb128_in1k.py

seed=0
candidates=12        # of each round of the search
rounds=3
# A supernet needs many small steps: each trains one of the many paths through it.
supernet_steps=4000 supernet_batch=32 supernet_size=48
subnet_steps=1200 subnet_batch=64 subnet_size=64

# What holds for a command on pictures of so many pixels, in batches of so many.
classes='[arrow,circle,crescent,cross,heart,hexagon,ring,square,star,triangle]'
pictures() {
  local size=$1 batch=$2 part
  printf '%s\n' \
    algorithm.architecture.model.head.num_classes=10 \
    algorithm.architecture.model.head.loss.num_classes=10 \
    data.samples_per_gpu="$batch" \
    data.workers_per_gpu=2 \
    data.train.data_prefix="$data/train" \
    data.train.classes="$classes" \
    data.train.pipeline.1.size="$size" \
    "data.train.pipeline.1.scale=(0.5,1.0)"
  for part in val test; do
    printf '%s\n' \
      "data.$part.data_prefix=$data/val" \
      "data.$part.ann_file=$data/meta/val.txt" \
      "data.$part.classes=$classes" \
      "data.$part.pipeline.1.size=($((size * 9 / 8)),-1)" \
      "data.$part.pipeline.2.crop_size=$size"
  done
}

# What holds for a training run of so many steps: the recipes' SGD wants ImageNet's batches and
# hundreds of thousands of steps; AdamW gets there in a few minutes.
training() {
  local steps=$1
  printf '%s\n' \
    runner.max_iters="$steps" \
    optimizer._delete_=True optimizer.type=AdamW optimizer.lr=0.002 optimizer.weight_decay=0.05 \
    log_config.interval=100 \
    checkpoint_config.interval="$steps" \
    evaluation.interval=$((steps / 4))
}

step() {
  printf '\n== %s\n' "$*"
}

step 'Build'
tools/setup.sh
swift build --configuration release --product mmrazor

step "Draw the pictures in $data"
[[ -d $data/val ]] || tools/launch make-demo-data "$data" --seed $seed

mapfile -t supernet_pictures < <(pictures $supernet_size $supernet_batch)
mapfile -t supernet_training < <(training $supernet_steps)
mapfile -t subnet_pictures < <(pictures $subnet_size $subnet_batch)
mapfile -t subnet_training < <(training $subnet_steps)

step "Train the supernet in $folder/supernet"
rm -rf "$folder/supernet" "$folder/search" "$folder/subnet"
tools/train $supernet --work-dir "$folder/supernet" --seed $seed \
  --cfg-options "${supernet_pictures[@]}" "${supernet_training[@]}"

step "Search it in $folder/search"
tools/search $search "$folder/supernet/latest.pth" --work-dir "$folder/search" --seed $seed \
  --cfg-options "${supernet_pictures[@]}" data.samples_per_gpu=100 \
  searcher.candidate_pool_size=$candidates searcher.candidate_top_k=4 \
  searcher.max_epoch=$rounds searcher.num_mutation=$((candidates / 2)) \
  searcher.num_crossover=$((candidates / 2))
choices=("$folder"/search/final_subnet_*.yaml)
choice=algorithm.mutable_cfg=${choices[-1]}

step "Train the subnet in $folder/subnet"
tools/train $subnet --work-dir "$folder/subnet" --seed $seed \
  --cfg-options "${subnet_pictures[@]}" "${subnet_training[@]}" "$choice"

step 'Test the subnet'
tools/test $subnet "$folder/subnet/latest.pth" --metrics accuracy \
  --out "$folder/subnet/results.json" --cfg-options "${subnet_pictures[@]}" "$choice"

python=${PYTHON:-python3}
tools/launch get-flops $supernet --cfg-options "${supernet_pictures[@]}" > "$folder/supernet/complexity.txt"
tools/launch get-flops $subnet --cfg-options "${subnet_pictures[@]}" "$choice" \
  > "$folder/subnet/complexity.txt"
printf '\n'
"$python" tools/misc/quickstart_table.py "$folder"
