#pragma once

// Loops over float32 arrays, run on the OpenMP pool that oneDNN uses as well. Work is divided
// statically: the same `threads` gives the same bits. Lengths are in elements unless said otherwise.

/// A pointwise function and its constants.
typedef struct {
  int kind;
  float a, b, c, d;
} ck_function;

enum {
  CK_IDENTITY,
  CK_RELU,
  CK_RELU6,
  CK_HARD_SWISH,
  CK_HARD_SIGMOID,  // clamp((x + a) / b, c, d)
  CK_SIGMOID,
  CK_SWISH,
  CK_TANH,
  CK_LEAKY_RELU,  // slope a
  CK_GELU,
  CK_AFFINE,  // a * x + b
  CK_DIVIDE,  // a / x
  CK_EXP,
  CK_LOG,
  CK_SQRT,
  CK_POWER,  // x to the a
  CK_CLAMP,  // between a and b
  CK_ABS,
  CK_FUNCTION_COUNT
};

/// The comparisons give 1 or 0. Maximum and minimum are NaN where one side is.
enum {
  CK_ADD,
  CK_SUBTRACT,
  CK_MULTIPLY,
  CK_DIVISION,
  CK_MAXIMUM,
  CK_MINIMUM,
  CK_RAISE,  // x to the y
  CK_EQUAL,
  CK_UNEQUAL,
  CK_LESS,
  CK_LESS_OR_EQUAL
};

/// Instructions that a loop is compiled for. The last two are for bfloat16: products of vectors
/// (AVX512_BF16), and of matrices (AMX).
enum { CK_ANY_PROCESSOR, CK_AVX2, CK_AVX512, CK_AVX512_BFLOAT, CK_TILES };

/// Lets this process use no more than these, as the environment can; to be called before any other
/// thread is there.
void ck_limit_instructions(int instructions);

/// Whether products of bfloat16 go to tiles (AMX).
int ck_has_tiles(void);

/// Threads that an OpenMP region would get: OMP_NUM_THREADS, or the processors of this process.
int ck_default_threads(void);
/// Calls body(context, worker) for 0 ..< workers, each on a thread of its own, and waits for them.
void ck_run_workers(int workers, void (*body)(void *context, int worker), void *context);
/// Sets the number of threads for OpenMP regions (oneDNN's) started by this thread.
void ck_set_threads(int threads);

// Pointwise

void ck_apply(int threads, ck_function function, const float *x, float *y, long count);
/// y = function(x + y)
void ck_apply_to_sum(int threads, ck_function function, const float *x, float *y, long count);
/// dx = dy * function'(x); dx may be dy.
void ck_apply_backward(int threads, ck_function function, const float *x, const float *dy,
                       float *dx, long count);
void ck_fill(int threads, float value, float *y, long count);
/// y += scale * x
void ck_add_scaled(int threads, float scale, const float *x, float *y, long count);
/// Element by element; z may be x or y.
void ck_binary(int threads, int operation, const float *x, const float *y, float *z, long count);
/// `rank` axes, outermost first; a stride of 0 repeats the operand. z is contiguous.
void ck_binary_strided(int threads, int operation, int rank, const long *extents, const float *x,
                       const long *x_strides, const float *y, const long *y_strides, float *z);
/// y = keep ? x / (1 - probability) : 0, where keep depends on seed and index alone.
void ck_dropout(int threads, unsigned long seed, float probability, const float *x, float *y,
                long count);

// Movement

/// Copies (or adds) `count` blocks of `length` elements that lie `stride` apart.
void ck_copy_blocks(int threads, const float *source, long source_stride, float *target,
                    long target_stride, long length, long count, int adds);
/// target[b, j, i] = source[b, i, j] for matrices of rows x columns.
void ck_transpose(int threads, const float *source, float *target, long batch, long rows,
                  long columns);
/// Channel g * (channels / groups) + i of a pixel becomes channel i * groups + g.
void ck_channel_shuffle(int threads, const float *source, float *target, long pixels,
                        long channels, long groups);
/// Channels a0 b0 a1 b1 ... of each pixel, from `half` channels of a and as many of b: the first `cut`
/// go to `first`, the others to `rest`. Null where they are not wanted. All elements are float32, or
/// all bfloat16.
void ck_interleave(int threads, int bfloat, const void *a, const void *b, void *first, void *rest,
                   long pixels, long half, long cut);
/// The other way.
void ck_deinterleave(int threads, int bfloat, const void *first, const void *rest, void *a,
                     void *b, long pixels, long half, long cut);

// Reduction

double ck_sum(int threads, const float *x, long count);
double ck_sum_squares(int threads, const float *x, long count);
float ck_max_magnitude(int threads, const float *x, long count);
/// y[o, i] = scale * sum over r of x[o, r, i]; adds to y when `adds`.
void ck_reduce(int threads, const float *x, float *y, long outer, long reduced, long inner,
               float scale, int adds);
/// y[o, r, i] = scale * x[o, i]
void ck_expand(int threads, const float *x, float *y, long outer, long reduced, long inner,
               float scale);

/// The largest of x[o, r, i] over r (the least when `least`); NaN wins. `chosen`, unless null,
/// receives its r, the first of equals.
void ck_reduce_extreme(int threads, int least, const float *x, float *y, int *chosen, long outer,
                       long reduced, long inner);
/// y[o, r, i] = chosen[o, i] == r ? x[o, i] : 0
void ck_expand_chosen(int threads, const float *x, const int *chosen, float *y, long outer,
                      long reduced, long inner);

// Normalisation of a matrix of pixels x channels. What is flagged `bfloat` is kept as bfloat16, for
// processors that compute with it (AVX512_BF16): the loops are compiled for no others. Where x is
// float32, so is all else.

/// Mean and biased variance of each channel.
void ck_channel_statistics(int threads, int x_bfloat, const void *x, long pixels, long channels,
                           float *mean, float *variance);
/// y = function(x * scale + shift)
void ck_channel_affine(int threads, ck_function function, int x_bfloat, const void *x, int y_bfloat,
                       void *y, long pixels, long channels, const float *scale,
                       const float *shift);
/// With g = dy * function'(x * scale + shift): sum of g and of g * (x - center) by channel; also
/// y = function(x * scale + shift), unless y is null. Where it is not, dy and y are kept as x is.
void ck_channel_gradient_sums(int threads, ck_function function, int x_bfloat, const void *x,
                              int dy_bfloat, const void *dy, long pixels, long channels,
                              const float *scale, const float *shift, const float *center,
                              float *sum, float *sum_product, void *y);
/// dx = a * g + b * x + c with g as above; dx may be dy. A dx of float32 needs a dy of float32.
void ck_channel_gradient(int threads, ck_function function, int x_bfloat, const void *x,
                         int dy_bfloat, const void *dy, int dx_bfloat, void *dx, long pixels,
                         long channels, const float *scale, const float *shift, const float *a,
                         const float *b, const float *c);

// Between float32 and bfloat16, for the same processors.

void ck_widen(int threads, const void *x, float *y, long count);
/// Rounds to the nearest, ties to even.
void ck_narrow(int threads, const float *x, void *y, long count);

// Depthwise convolution, channels last

typedef struct {
  long images, channels, height, width, out_height, out_width;
  long kernel_height, kernel_width, stride_height, stride_width, pad_top, pad_left;
  long dilation_height, dilation_width;
} ck_depthwise;

/// dw[channels, kernel_height, kernel_width]; x and dy are kept as bfloat16 where `bfloat`.
void ck_depthwise_weights(int threads, const ck_depthwise *geometry, int bfloat, const void *x,
                          const void *dy, float *dw);

// Convolutions between normalisations, channels last

/// function(x * scale + shift) by channel, or x itself where `scale` is NULL.
typedef struct {
  /// Kept as bfloat16 where `bfloat`.
  const void *x;
  int bfloat;
  ck_function function;
  const float *scale, *shift;
} ck_activation;

/// The gradient of the input of a normalisation, with g = dy * function'(x * scale + shift):
/// a * g + b * x + c; or dy itself where `a` is NULL.
typedef struct {
  /// Kept as bfloat16 where `bfloat`.
  const void *dy;
  int bfloat;
  ck_activation output;
  const float *a, *b, *c;
} ck_activation_gradient;

/// Whether the depthwise kernels below know a geometry.
int ck_depthwise_fits(const ck_depthwise *geometry);
/// Floats of packed weights.
long ck_depthwise_weight_count(const ck_depthwise *geometry);
/// Packs weights [channels, kernel_height, kernel_width]; `scale` is a factor of each channel, or NULL.
void ck_depthwise_pack(const ck_depthwise *geometry, const float *plain, const float *scale,
                       float *packed);
/// Floats that a convolution works in.
long ck_depthwise_scratch(int threads, const ck_depthwise *geometry);
/// y = x * weights + bias, and mean and biased variance of y by channel; or, where `mean` is NULL,
/// y = clamp(x * weights + bias, low, high). `bias` may be NULL.
void ck_depthwise_convolve(int threads, const ck_depthwise *geometry, const ck_activation *x,
                           const float *weights, const float *bias, float low, float high, float *y,
                           float *mean, float *variance, float *scratch);
/// Floats that a gradient works in.
long ck_depthwise_gradient_scratch(int threads, const ck_depthwise *geometry);
/// As `ck_pointwise_gradient`; the weights are those of the forward pass.
void ck_depthwise_gradient(int threads, const ck_depthwise *geometry, const ck_activation *x,
                           const ck_activation_gradient *dy, const float *weights, float *dx,
                           const float *center, float *sum, float *product, float *dw,
                           float *scratch);

/// A convolution with what is folded into it: clamp(x * weights + bias, low, high).
typedef struct {
  const float *weights, *bias;
  float low, high;
} ck_folded;

/// Floats of packed weights and biases. A pointwise convolution takes and gives channels; a depthwise
/// one takes as many as its window has pixels.
long ck_separable_weight_count(long given_channels, long taken_channels);
/// Packs weights [out_channels, in_channels], or [channels, kernel_height * kernel_width], times
/// `scale`, and `shift` behind them; both by output channel, and NULL for 1 and 0.
void ck_separable_pack(long out_channels, long in_channels, const float *plain, const float *scale,
                       const float *shift, float *packed);
/// Whether `ck_separable` knows the windows and the number of channels.
int ck_separable_fits(const ck_depthwise *geometry, int widens);
/// Floats that the convolutions work in.
long ck_separable_scratch(int threads, const ck_depthwise *geometry);
/// y = narrow(filter(widen(x))) + residual with two pointwise convolutions and, between them, a
/// depthwise one that `ck_separable_fits`. `residual` may be NULL. Where `widen.weights` is NULL, it
/// is left out and there are as many channels as `geometry` says.
void ck_separable(int threads, const ck_depthwise *geometry, long in_channels, long out_channels,
                  const float *x, ck_folded widen, ck_folded filter, ck_folded narrow,
                  const float *residual, float *y, float *scratch);

/// Floats of packed weights for a convolution that takes and gives these channels.
long ck_pointwise_weight_count(long given_channels, long taken_channels);
/// Packs weights [out_channels, in_channels]; `transposed` for the gradient of the input. Otherwise
/// `scale`, if it is not NULL, is a factor of each output channel.
void ck_pointwise_pack(int threads, long out_channels, long in_channels, int transposed,
                       const float *plain, const float *scale, float *packed);
/// Floats that a convolution works in.
long ck_pointwise_scratch(int threads, long in_channels);
/// y = x * weights + bias, and mean and biased variance of y by channel. `bias` and both of the
/// latter may be NULL.
void ck_pointwise_convolve(int threads, long pixels, long in_channels, long out_channels,
                           const ck_activation *x, const float *weights, const float *bias,
                           float *y, float *mean, float *variance, float *scratch);
/// y = clamp(x * weights + bias + residual, low, high); `bias` and `residual` may be NULL. Works in as
/// many floats as a convolution.
void ck_pointwise_infer(int threads, long pixels, long in_channels, long out_channels,
                        const float *x, const float *weights, const float *bias,
                        const float *residual, float low, float high, float *y, float *scratch);
/// Floats that a gradient works in.
long ck_pointwise_gradient_scratch(int threads, long in_channels, long out_channels);
/// The gradients of input and weights, either of which may be NULL. Where `sum` is not NULL, `dx`
/// is wanted and x has a function, also the sums of g = dx * function'(x * scale + shift) and of
/// g * (x - center) by input channel.
void ck_pointwise_gradient(int threads, long pixels, long in_channels, long out_channels,
                           const ck_activation *x, const ck_activation_gradient *dy,
                           const float *weights, float *dx, const float *center, float *sum,
                           float *product, float *dw, float *scratch);

// The same in bfloat16, for processors with instructions for it. Activations and gradients may be kept
// in either precision; they are rounded to bfloat16 to be multiplied.

/// What follows a convolution: y = function(x * weights + bias + residual). `residual` may be NULL.
typedef struct {
  ck_function function;
  const void *residual;
  int residual_bfloat, y_bfloat;
} ck_bfloat_end;

long ck_bfloat_weight_bytes(long given_channels, long taken_channels);
/// As `ck_pointwise_pack`. Where `overlapping`, and not transposed, the last vector of output channels
/// ends with the last of them, and shares some with the one before.
void ck_bfloat_pack(int threads, long out_channels, long in_channels, int transposed,
                    int overlapping, const float *plain, const float *scale, void *packed);
long ck_bfloat_scratch_bytes(int threads, long in_channels);
/// `bias` may be NULL. With `mean` and `variance`, which take the moments of y by channel, there is
/// neither a function nor a residual.
void ck_bfloat_convolve(int threads, long pixels, long in_channels, long out_channels,
                        const ck_activation *x, const void *weights, const float *bias,
                        const ck_bfloat_end *end, void *y, float *mean, float *variance,
                        void *scratch);
long ck_bfloat_window_scratch_bytes(int threads, const ck_depthwise *windows);
/// A convolution of windows, of one group and without dilation; `channels` are those of the input.
/// Weights as of a pointwise one that takes [kernel_height, kernel_width, channels]; the rest as
/// `ck_bfloat_convolve`.
void ck_bfloat_convolve_windows(int threads, const ck_depthwise *windows, long out_channels,
                                const void *x, int x_bfloat, const void *weights,
                                const float *bias, const ck_bfloat_end *end, void *y,
                                float *mean, float *variance, void *scratch);
long ck_bfloat_window_gradient_scratch_bytes(int threads, const ck_depthwise *windows,
                                             long out_channels);
/// dw[out_channels, kernel_height, kernel_width, channels] of such a convolution.
void ck_bfloat_window_gradient(int threads, const ck_depthwise *windows, long out_channels,
                               const void *x, int x_bfloat, const ck_activation_gradient *dy,
                               float *dw, void *scratch);
long ck_bfloat_gradient_scratch_bytes(int threads, long in_channels, long out_channels);
/// As `ck_pointwise_gradient`.
void ck_bfloat_gradient(int threads, long pixels, long in_channels, long out_channels,
                        const ck_activation *x, const ck_activation_gradient *dy,
                        const void *weights, void *dx, int dx_bfloat, const float *center,
                        float *sum, float *product, float *dw, void *scratch);

/// As the depthwise ones above, with the same weights and as many floats to work in.
void ck_bfloat_depthwise_convolve(int threads, const ck_depthwise *geometry,
                                  const ck_activation *x, const float *weights, const float *bias,
                                  float low, float high, void *y, int y_bfloat, float *mean,
                                  float *variance, float *scratch);
void ck_bfloat_depthwise_gradient(int threads, const ck_depthwise *geometry,
                                  const ck_activation *x, const ck_activation_gradient *dy,
                                  const float *weights, void *dx, int dx_bfloat,
                                  const float *center, float *sum, float *product, float *dw,
                                  float *scratch);

/// A pointwise convolution with what is folded into it; weights of `ck_bfloat_pack`.
typedef struct {
  const void *weights;
  const float *bias;
  float low, high;
} ck_bfloat_folded;

long ck_bfloat_separable_scratch_bytes(int threads, const ck_depthwise *geometry,
                                       long in_channels);
/// As `ck_separable`; the weights of `widen` overlap.
void ck_bfloat_separable(int threads, const ck_depthwise *geometry, long in_channels,
                         long out_channels, const void *x, int x_bfloat, ck_bfloat_folded widen,
                         ck_folded filter, ck_bfloat_folded narrow, const void *residual,
                         int residual_bfloat, void *y, int y_bfloat, void *scratch);

// Winograd's convolution of 3 x 3 windows with stride 1, channels last

typedef struct {
  long images, in_channels, out_channels, height, width, out_height, out_width;
  long pad_top, pad_left;
} ck_winograd;

/// Floats of packed weights for a convolution that takes and gives these channels.
long ck_winograd_weight_count(long given_channels, long taken_channels);
/// Packs weights [out_channels, in_channels, 3, 3]; `transposed` for the gradient of the input.
/// `scale` is a factor of each output channel, or NULL.
void ck_winograd_pack(int threads, long out_channels, long in_channels, int transposed,
                      const float *plain, const float *scale, float *packed);
/// Floats that a convolution works in.
long ck_winograd_scratch(int threads, const ck_winograd *geometry);
/// y = clamp(x * weights + bias + residual, low, high); `bias` and `residual` may be NULL.
void ck_winograd_convolve(int threads, const ck_winograd *geometry, const float *x,
                          const float *weights, const float *bias, const float *residual, float low,
                          float high, float *y, float *scratch);
/// Floats that a gradient works in.
long ck_winograd_weights_scratch(int threads, const ck_winograd *geometry);
/// dw[out_channels, in_channels, 3, 3]
void ck_winograd_weights(int threads, const ck_winograd *geometry, const float *x, const float *dy,
                         float *dw, float *scratch);

// Pooling, channels last

typedef struct {
  long images, channels, height, width, out_height, out_width;
  long kernel_height, kernel_width, stride_height, stride_width, pad_top, pad_left;
  /// Of maxima only.
  long dilation_height, dilation_width;
  /// What a mean divides by; 0 for the size of its window.
  long divisor;
} ck_pooling;

/// `chosen` receives the pixel index of each maximum.
void ck_max_pool(int threads, const ck_pooling *pooling, const float *x, float *y, int *chosen);
void ck_max_pool_backward(int threads, const ck_pooling *pooling, const int *chosen,
                          const float *dy, float *dx);
void ck_average_pool(int threads, const ck_pooling *pooling, int counts_padding, const float *x,
                     float *y);
void ck_average_pool_backward(int threads, const ck_pooling *pooling, int counts_padding,
                              const float *dy, float *dx);
/// Windows of PyTorch's adaptive pooling; kernel, stride and padding are not read.
void ck_adaptive_pool(int threads, const ck_pooling *pooling, const float *x, float *y);
void ck_adaptive_pool_backward(int threads, const ck_pooling *pooling, const float *dy, float *dx);
/// `chosen` as in `ck_max_pool`, whose backward pass serves here too.
void ck_adaptive_max_pool(int threads, const ck_pooling *pooling, const float *x, float *y,
                          int *chosen);

// Scores

void ck_softmax(int threads, const float *x, float *y, long outer, long classes, long inner,
                int logarithm);
/// From the result y.
void ck_softmax_backward(int threads, const float *y, const float *dy, float *dx, long outer,
                         long classes, long inner, int logarithm);
/// Loss of each row; a label outside 0 ..< classes gives 0. `weights` may be null.
void ck_cross_entropy(int threads, const float *scores, const long *labels, const float *weights,
                      float *loss, long rows, long classes);
void ck_cross_entropy_backward(int threads, const float *scores, const long *labels,
                               const float *weights, const float *dloss, float *dscores, long rows,
                               long classes);
void ck_soft_cross_entropy(int threads, const float *scores, const float *targets,
                           const float *weights, float *loss, long rows, long classes);
void ck_soft_cross_entropy_backward(int threads, const float *scores, const float *targets,
                                    const float *weights, const float *dloss, float *dscores,
                                    long rows, long classes);
void ck_binary_cross_entropy(int threads, const float *scores, const float *targets,
                             const float *weights, float *loss, long rows, long classes);
void ck_binary_cross_entropy_backward(int threads, const float *scores, const float *targets,
                                      const float *weights, const float *dloss, float *dscores,
                                      long rows, long classes);

/// A focal loss of scores (rows x classes), each class for itself.
typedef struct {
  long classes;
  /// The class of each row; all scores of a row are negatives where it is none.
  const long *labels;
  /// What the probability of the label should be, for each row; null for 1.
  const float *qualities;
  float negative_scale, positive_scale;
  /// Of what the probability is off by.
  float power;
  /// Whether the losses of a row are summed.
  int reduces;
} ck_focal;

void ck_focal_loss(int threads, const ck_focal *loss, const float *scores, float *out, long rows);
void ck_focal_loss_backward(int threads, const ck_focal *loss, const float *scores, const float *dloss,
                            float *dscores, long rows);

/// Losses of elements against targets; `parameter` is the beta of CK_SMOOTH_L1.
enum {
  CK_L1,
  CK_SMOOTH_L1,
  CK_SQUARE,
  CK_DIVERGENCE  // of x, a logarithm, from the probability t: t (log t - x)
};

void ck_pair_loss(int threads, int kind, float parameter, const float *x, const float *t,
                  float *loss, long count);
/// Gradients by x and by t; either may be null.
void ck_pair_loss_backward(int threads, int kind, float parameter, const float *x, const float *t,
                           const float *dloss, float *dx, float *dt, long count);

// Leaky rectifier whose slopes are learnt: one, or one a channel

void ck_prelu(int threads, const float *x, const float *slopes, int is_shared, float *y,
              long pixels, long channels);
/// `dslopes` receives the contribution of each element; either may be null.
void ck_prelu_backward(int threads, const float *x, const float *slopes, int is_shared,
                       const float *dy, float *dx, float *dslopes, long pixels, long channels);

// Selection

/// z = mask is not 0 ? x : y, with strides as in `ck_binary_strided`.
void ck_select(int threads, int rank, const long *extents, const float *mask,
               const long *mask_strides, const float *x, const long *x_strides, const float *y,
               const long *y_strides, float *z);
/// Copies elements that lie at `strides` (outermost first) into z without gaps.
void ck_gather_strided(int threads, int rank, const long *extents, const float *x,
                       const long *strides, float *z);
/// y[o, r, i] = x[o, index[r], i], where x has `extent` positions and y `count`.
void ck_take(int threads, const float *x, const long *index, float *y, long outer, long extent,
             long count, long inner);
/// dx[o, index[r], i] += dy[o, r, i], with dx set to zeros first.
void ck_take_backward(int threads, const float *dy, const long *index, float *dx, long outer,
                      long extent, long count, long inner);
/// y[o, r, i] = x[o, index[o, r, i], i]
void ck_gather(int threads, const float *x, const long *index, float *y, long outer, long extent,
               long count, long inner);
void ck_gather_backward(int threads, const float *dy, const long *index, float *dx, long outer,
                        long extent, long count, long inner);

/// index[o, r, i] = the r-th place of x[o, ..., i] in the order of values, r < count; of equals the first
/// comes first, and NaN counts as the largest.
long ck_rank_scratch_bytes(int threads, long extent);
void ck_rank(int threads, const float *x, int descending, long *index, long outer, long extent,
             long count, long inner, void *scratch);

// Regions brought to one size, channels last

typedef struct {
  long images, channels, height, width;
  long count, out_height, out_width;
  /// Pixels per unit of the boxes' coordinates.
  float scale;
  /// In each bin along each axis; 0 for about one a pixel.
  long samples;
  /// Whether pixels are points in the middle of unit squares.
  int aligned;
} ck_regions;

/// Floats that both passes work in.
long ck_region_scratch(int threads, const ck_regions *regions);
/// Boxes are (image, x1, y1, x2, y2). y takes the mean of each bin's samples, or the largest one where
/// `chosen` is not null, which receives its number.
void ck_region_align(int threads, const ck_regions *regions, const float *boxes, const float *x,
                     float *y, int *chosen, float *scratch);
void ck_region_align_backward(int threads, const ck_regions *regions, const float *boxes,
                              const int *chosen, const float *dy, float *dx, float *scratch);

// Resampling, channels last

/// Where each row and column of the output comes from; -1 is `value`.
typedef struct {
  long images, channels, height, width, out_height, out_width;
  const int *rows, *columns;
  float value;
} ck_remapping;

void ck_remap(int threads, const ck_remapping *remapping, const float *x, float *y);
/// Sums what each pixel was copied to.
void ck_remap_backward(int threads, const ck_remapping *remapping, const float *dy, float *dx);

/// Output position i lies between `low[i]` and `high[i]`, at the share `weight[i]` of the second.
typedef struct {
  const int *low, *high;
  const float *weight;
} ck_positions;

typedef struct {
  long images, channels, height, width, out_height, out_width;
  ck_positions rows, columns;
} ck_interpolation;

void ck_interpolate(int threads, const ck_interpolation *interpolation, const float *x, float *y);
void ck_interpolate_backward(int threads, const ck_interpolation *interpolation, const float *dy,
                             float *dx);

// Optimizer

typedef struct {
  float learning_rate, momentum, dampening, weight_decay;
  int nesterov;
  /// Whether the momentum buffer is written for the first time.
  int first;
} ck_sgd;

/// `gradient` null: zeros. `buffer` null: no momentum.
void ck_sgd_update(int threads, ck_sgd rule, float *value, const float *gradient, float *buffer,
                   long count);

typedef struct {
  /// `sign`: -1 to maximise. `shrink`: what decoupled weight decay leaves of a value.
  float sign, shrink, decay;
  float beta1, rest1, beta2, rest2;
  /// The rate and the reciprocal of the second moment's root, both with bias correction.
  float step_size, second_scale, epsilon;
} ck_adam;

/// `gradient` null: zeros. `largest` null: no AMSGrad.
void ck_adam_update(int threads, ck_adam rule, float *value, const float *gradient, float *first,
                    float *second, float *largest, long count);
