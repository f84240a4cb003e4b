#!/usr/bin/env bash
# From nothing to a searched and retrained network, on pictures that it draws itself: builds the
# program and then follows one of the methods. The bundled configs are used as they are; whatever
# differs from ImageNet stands in tools/quickstart/METHOD.sh.
#
#   spos       trains a supernet of blocks, searches it, trains the subnet that was found, tests it
#   autoslim   trains a slimmable network, searches widths, trains the narrow networks together,
#              splits their checkpoint and tests each
#   distill    trains a teacher, a student alone and a student with the teacher's help, and tests all
#
# Usage: tools/quickstart.sh [spos|autoslim|distill] [FOLDER]
#        (default: spos, and work_dirs/quickstart or work_dirs/quickstart_METHOD)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
case ${1:-} in
  spos) method=spos && shift ;;
  autoslim) method=autoslim && shift ;;
  distill) method=distill && shift ;;
  *) method=spos ;;
esac
default=work_dirs/quickstart
[[ $method == spos ]] || default+=_$method
folder=${1:-$default}
data=$folder/data
seed=0

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

# The recipes' SGD wants ImageNet's batches and hundreds of thousands of steps; AdamW gets there in
# a few minutes.
optimizer=(
  optimizer._delete_=True optimizer.type=AdamW optimizer.lr=0.002 optimizer.weight_decay=0.05
)

step() {
  printf '\n== %s\n' "$*"
}

step 'Build'
tools/setup.sh
swift build --configuration release --product mmrazor

step "Draw the pictures in $data"
[[ -d $data/val ]] || tools/launch make-demo-data "$data" --seed $seed

source "tools/quickstart/$method.sh"

printf '\n'
"${PYTHON:-python3}" tools/misc/quickstart_table.py "$method" "$folder"
