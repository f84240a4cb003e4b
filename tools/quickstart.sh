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
size=64              # pixels of a training picture's side
batch=64
supernet_steps=600
subnet_steps=600
candidates=12        # of each round of the search
rounds=3

# What holds for every command: ten classes, small pictures.
classes='[arrow,circle,crescent,cross,heart,hexagon,ring,square,star,triangle]'
common=(
  algorithm.architecture.model.head.num_classes=10
  algorithm.architecture.model.head.loss.num_classes=10
  data.samples_per_gpu=$batch
  data.workers_per_gpu=2
  data.train.data_prefix="$data/train"
  data.train.classes="$classes"
  data.train.pipeline.1.size=$size
)
for part in val test; do
  common+=(
    "data.$part.data_prefix=$data/val"
    "data.$part.ann_file=$data/meta/val.txt"
    "data.$part.classes=$classes"
    "data.$part.pipeline.1.size=($((size * 8 / 7)),-1)"
    "data.$part.pipeline.2.crop_size=$size"
  )
done

# What holds for a training run of so many steps.
training() {
  echo runner.max_iters="$1" optimizer.lr=0.1 log_config.interval=50 \
    checkpoint_config.interval="$1" evaluation.interval="$1"
}

step() {
  printf '\n== %s\n' "$*"
}

step 'Build'
tools/setup.sh
swift build --configuration release --product mmrazor

step "Draw the pictures in $data"
[[ -d $data/val ]] || tools/launch make-demo-data "$data" --seed $seed

step "Train the supernet in $folder/supernet"
rm -rf "$folder/supernet" "$folder/search" "$folder/subnet"
# shellcheck disable=SC2046 # one word for each option
tools/train $supernet --work-dir "$folder/supernet" --seed $seed \
  --cfg-options "${common[@]}" $(training $supernet_steps)

step "Search it in $folder/search"
tools/search $search "$folder/supernet/latest.pth" --work-dir "$folder/search" --seed $seed \
  --cfg-options "${common[@]}" searcher.candidate_pool_size=$candidates \
  searcher.candidate_top_k=4 searcher.max_epoch=$rounds \
  searcher.num_mutation=$((candidates / 2)) searcher.num_crossover=$((candidates / 2))
choices=("$folder"/search/final_subnet_*.yaml)
choice=algorithm.mutable_cfg=${choices[-1]}

step "Train the subnet in $folder/subnet"
# shellcheck disable=SC2046
tools/train $subnet --work-dir "$folder/subnet" --seed $seed \
  --cfg-options "${common[@]}" "$choice" $(training $subnet_steps)

step 'Test the subnet'
tools/test $subnet "$folder/subnet/latest.pth" --metrics accuracy \
  --out "$folder/subnet/results.json" --cfg-options "${common[@]}" "$choice"

python=${PYTHON:-python3}
tools/launch get-flops $supernet --cfg-options "${common[@]}" > "$folder/supernet/complexity.txt"
tools/launch get-flops $subnet --cfg-options "${common[@]}" "$choice" \
  > "$folder/subnet/complexity.txt"
printf '\n'
"$python" tools/misc/quickstart_table.py "$folder"
