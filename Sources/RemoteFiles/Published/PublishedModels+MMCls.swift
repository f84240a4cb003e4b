extension PublishedModels {
  /// What `mmcls://NAME` stands for in mmcv 1.5.
  static let mmcls = PublishedModels(
    lead: "https://download.openmmlab.com/mmclassification/v0/",
    table: """
      vgg11 vgg/vgg11_batch256_imagenet_20210208-4271cd6c.pth
      vgg13 vgg/vgg13_batch256_imagenet_20210208-4d1d6080.pth
      vgg16 vgg/vgg16_batch256_imagenet_20210208-db26f1a5.pth
      vgg19 vgg/vgg19_batch256_imagenet_20210208-e6920e4a.pth
      vgg11_bn vgg/vgg11_bn_batch256_imagenet_20210207-f244902c.pth
      vgg13_bn vgg/vgg13_bn_batch256_imagenet_20210207-1a8b7864.pth
      vgg16_bn vgg/vgg16_bn_batch256_imagenet_20210208-7e55cd29.pth
      vgg19_bn vgg/vgg19_bn_batch256_imagenet_20210208-da620c4f.pth
      resnet18 resnet/resnet18_8xb32_in1k_20210831-fbbb1da6.pth
      resnet34 resnet/resnet34_8xb32_in1k_20210831-f257d4e6.pth
      resnet50 resnet/resnet50_8xb32_in1k_20210831-ea4938fc.pth
      resnet101 resnet/resnet101_8xb32_in1k_20210831-539c63f8.pth
      resnet152 resnet/resnet152_8xb32_in1k_20210901-4d7582fa.pth
      resnet50_v1d resnet/resnetv1d50_b32x8_imagenet_20210531-db14775a.pth
      resnet101_v1d resnet/resnetv1d101_b32x8_imagenet_20210531-6e13bcd3.pth
      resnet152_v1d resnet/resnetv1d152_b32x8_imagenet_20210531-278cf22a.pth
      resnext50_32x4d resnext/resnext50_32x4d_b32x8_imagenet_20210429-56066e27.pth
      resnext101_32x4d resnext/resnext101_32x4d_b32x8_imagenet_20210506-e0fa3dd5.pth
      resnext101_32x8d resnext/resnext101_32x8d_b32x8_imagenet_20210506-23a247d5.pth
      resnext152_32x4d resnext/resnext152_32x4d_b32x8_imagenet_20210524-927787be.pth
      se-resnet50 se-resnet/se-resnet50_batch256_imagenet_20200804-ae206104.pth
      se-resnet101 se-resnet/se-resnet101_batch256_imagenet_20200804-ba5b51d4.pth
      resnest50 resnest/resnest50_imagenet_converted-1ebf0afe.pth
      resnest101 resnest/resnest101_imagenet_converted-032caa52.pth
      resnest200 resnest/resnest200_imagenet_converted-581a60f2.pth
      resnest269 resnest/resnest269_imagenet_converted-59930960.pth
      shufflenet_v1 shufflenet_v1/shufflenet_v1_batch1024_imagenet_20200804-5d6cec73.pth
      shufflenet_v2 shufflenet_v2/shufflenet_v2_batch1024_imagenet_20200812-5bf4721e.pth
      mobilenet_v2 mobilenet_v2/mobilenet_v2_batch256_imagenet_20200708-3b2dc3af.pth
      mobilenet_v3_small mobilenet_v3/convert/mobilenet_v3_small-8427ecf0.pth
      mobilenet_v3_large mobilenet_v3/convert/mobilenet_v3_large-3ea3c186.pth
      repvgg_A0 repvgg/repvgg-A0_3rdparty_4xb64-coslr-120e_in1k_20210909-883ab98c.pth
      repvgg_A1 repvgg/repvgg-A1_3rdparty_4xb64-coslr-120e_in1k_20210909-24003a24.pth
      repvgg_A2 repvgg/repvgg-A2_3rdparty_4xb64-coslr-120e_in1k_20210909-97d7695a.pth
      repvgg_B0 repvgg/repvgg-B0_3rdparty_4xb64-coslr-120e_in1k_20210909-446375f4.pth
      repvgg_B1 repvgg/repvgg-B1_3rdparty_4xb64-coslr-120e_in1k_20210909-750cdf67.pth
      repvgg_B1g2 repvgg/repvgg-B1g2_3rdparty_4xb64-coslr-120e_in1k_20210909-344f6422.pth
      repvgg_B1g4 repvgg/repvgg-B1g4_3rdparty_4xb64-coslr-120e_in1k_20210909-d4c1a642.pth
      repvgg_B2 repvgg/repvgg-B2_3rdparty_4xb64-coslr-120e_in1k_20210909-bd6b937c.pth
      repvgg_B2g4 \
      repvgg/repvgg-B2g4_3rdparty_4xb64-autoaug-lbs-mixup-coslr-200e_in1k_20210909-7b7955f0.pth
      repvgg_B3 \
      repvgg/repvgg-B3_3rdparty_4xb64-autoaug-lbs-mixup-coslr-200e_in1k_20210909-dda968bf.pth
      repvgg_B3g4 \
      repvgg/repvgg-B3g4_3rdparty_4xb64-autoaug-lbs-mixup-coslr-200e_in1k_20210909-4e54846a.pth
      repvgg_D2se \
      repvgg/repvgg-D2se_3rdparty_4xb64-autoaug-lbs-mixup-coslr-200e_in1k_20210909-cf3139b7.pth
      res2net101_w26 res2net/res2net101-w26-s4_3rdparty_8xb32_in1k_20210927-870b6c36.pth
      res2net50_w14 res2net/res2net50-w14-s8_3rdparty_8xb32_in1k_20210927-bc967bf1.pth
      res2net50_w26 res2net/res2net50-w26-s8_3rdparty_8xb32_in1k_20210927-f547a94b.pth
      swin_tiny swin-transformer/swin_tiny_224_b16x64_300e_imagenet_20210616_090925-66df6be6.pth
      swin_small swin-transformer/swin_small_224_b16x64_300e_imagenet_20210615_110219-7f9d988b.pth
      swin_base swin-transformer/convert/swin_base_patch4_window7_224_22kto1k-f967f799.pth
      swin_large swin-transformer/convert/swin_large_patch4_window7_224_22kto1k-5f0996db.pth
      t2t_vit_t_14 t2t-vit/t2t-vit-t-14_3rdparty_8xb64_in1k_20210928-b7c09b62.pth
      t2t_vit_t_19 t2t-vit/t2t-vit-t-19_3rdparty_8xb64_in1k_20210928-7f1478d5.pth
      t2t_vit_t_24 t2t-vit/t2t-vit-t-24_3rdparty_8xb64_in1k_20210928-fe95a61b.pth
      tnt_small tnt/tnt-small-p16_3rdparty_in1k_20210903-c56ee7df.pth
      vit_base_p16 \
      vit/finetune/vit-base-p16_in21k-pre-3rdparty_ft-64xb64_in1k-384_20210928-98e8652b.pth
      vit_base_p32 \
      vit/finetune/vit-base-p32_in21k-pre-3rdparty_ft-64xb64_in1k-384_20210928-9cea8599.pth
      vit_large_p16 \
      vit/finetune/vit-large-p16_in21k-pre-3rdparty_ft-64xb64_in1k-384_20210928-b20ba619.pth
      """)
}
