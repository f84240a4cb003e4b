# SPOS: a supernet of blocks, evolution search, the subnet that was found. Read by quickstart.sh.
supernet=configs/nas/spos/spos_supernet_shufflenetv2_8xb128_in1k.py
search=configs/nas/spos/spos_evolution_search_shufflenetv2_8xb2048_in1k.py
subnet=configs/nas/spos/spos_subnet_shufflenetv2_8xb128_in1k.py

candidates=12        # of each round of the search
rounds=3
# A supernet needs many small steps: each trains one of the many paths through it.
supernet_steps=4000 supernet_batch=32 supernet_size=48
subnet_steps=1200 subnet_batch=64 subnet_size=64

# What holds for a training run of so many steps.
training() {
  local steps=$1
  printf '%s\n' \
    runner.max_iters="$steps" \
    "${optimizer[@]}" \
    log_config.interval=100 \
    checkpoint_config.interval="$steps" \
    evaluation.interval=$((steps / 4))
}

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

tools/launch get-flops $supernet --cfg-options "${supernet_pictures[@]}" \
  > "$folder/supernet/complexity.txt"
tools/launch get-flops $subnet --cfg-options "${subnet_pictures[@]}" "$choice" \
  > "$folder/subnet/complexity.txt"
