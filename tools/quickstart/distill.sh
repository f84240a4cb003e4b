# Distillation: a teacher, a student alone, and the student with the teacher's help, by the recipe of
# WSLD. Read by quickstart.sh.
recipe=configs/distill/wsld/wsld_cls_head_resnet34_resnet18_8xb32_in1k.py
teacher=tools/quickstart/distill_teacher.py
student=tools/quickstart/distill_student.py

size=48 batch=32
teacher_epochs=10 student_epochs=6

# What holds for a training run of so many epochs.
training() {
  local epochs=$1
  printf '%s\n' \
    runner.max_epochs="$epochs" \
    "${optimizer[@]}" \
    lr_config._delete_=True lr_config.policy=CosineAnnealing lr_config.min_lr=0 \
    log_config.interval=50 \
    checkpoint_config.interval="$epochs" \
    evaluation.interval="$epochs"
}

mapfile -t pictures < <(pictures $size $batch | grep -v head.loss)
mapfile -t teacher_training < <(training $teacher_epochs)
mapfile -t student_training < <(training $student_epochs)
pretrained=(algorithm.architecture.model.init_cfg=None)

step "Train the teacher in $folder/teacher"
rm -rf "$folder/teacher" "$folder/alone" "$folder/distilled"
tools/train $teacher --work-dir "$folder/teacher" --seed $seed \
  --cfg-options "${pictures[@]}" "${teacher_training[@]}" "${pretrained[@]}"

step "Train the student alone in $folder/alone"
tools/train $student --work-dir "$folder/alone" --seed $seed \
  --cfg-options "${pictures[@]}" "${student_training[@]}" "${pretrained[@]}"

taught=(
  algorithm.distiller.teacher.head.num_classes=10
  algorithm.distiller.components.0.losses.0.num_classes=10
  algorithm.distiller.teacher.init_cfg.checkpoint="$folder/teacher/latest.pth"
)
step "Train the student with the teacher in $folder/distilled"
tools/train $recipe --work-dir "$folder/distilled" --seed $seed \
  --cfg-options "${pictures[@]}" "${student_training[@]}" "${taught[@]}"

step 'Test all three'
tools/test $recipe --teacher --metrics accuracy --out "$folder/teacher/results.json" \
  --cfg-options "${pictures[@]}" "${taught[@]}"
tools/test $student "$folder/alone/latest.pth" --metrics accuracy \
  --out "$folder/alone/results.json" --cfg-options "${pictures[@]}" "${pretrained[@]}"
tools/test $recipe "$folder/distilled/latest.pth" --metrics accuracy \
  --out "$folder/distilled/results.json" --cfg-options "${pictures[@]}" "${taught[@]}"
for network in teacher student; do
  tools/launch get-flops "${!network}" --cfg-options "${pictures[@]}" "${pretrained[@]}" \
    > "$folder/$network.txt"
done
