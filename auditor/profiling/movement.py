"""Operators that move, make or choose values and do no arithmetic on them."""

from __future__ import annotations

_MADE = """
arange bartlett_window blackman_window empty empty_like empty_permuted empty_strided eye fft_fftfreq fft_rfftfreq
fill full full_like hamming_window hann_window kaiser_window linspace logspace new_empty new_empty_strided new_full
new_ones new_zeros ones ones_like range scalar_tensor tril_indices triu_indices zero zeros zeros_like
"""

_DRAWN = """
bernoulli binomial cauchy exponential geometric log_normal multinomial normal poisson rand rand_like randint
randint_like randn randn_like random randperm uniform
"""

_MOVED = """
_chunk_cat _local_scalar_dense _pack_padded_sequence _reshape_alias _stack _to_copy _to_dense _unsafe_view alias
as_strided as_strided_scatter block_diag cat channel_shuffle clone complex constant_pad_nd contiguous copy detach
diag_embed diagonal_scatter flip im2col item lift lift_fresh lu_unpack max_unpool2d max_unpool3d
mkldnn_reorder_conv2d_weight mkldnn_reorder_conv3d_weight native_channel_shuffle pixel_shuffle pixel_unshuffle
reflection_pad1d reflection_pad2d reflection_pad3d repeat replication_pad1d replication_pad2d replication_pad3d
resize resize_as roll rot90 select_scatter set slice_scatter squeeze stack t to_mkldnn transpose tril triu
unsafe_chunk unsafe_split unsafe_split_with_sizes unsqueeze view
"""

_COPIED = """
_conj_copy _neg_view_copy _reshape_alias_copy alias_copy as_strided_copy detach_copy diagonal_copy expand_copy
lift_fresh_copy narrow_copy permute_copy select_copy slice_copy split_copy split_with_sizes_copy squeeze_copy t_copy
transpose_copy unbind_copy unfold_copy unsqueeze_copy values_copy view_as_complex_copy view_as_real_copy view_copy
"""

_CHOSEN = """
_unsafe_index _unsafe_masked_index _upsample_nearest_exact1d _upsample_nearest_exact2d _upsample_nearest_exact3d
embedding gather index index_copy index_fill index_select masked_fill masked_scatter masked_select take
upsample_nearest1d upsample_nearest2d upsample_nearest3d where
"""

_ASKED = """
_assert_async _assert_scalar _assert_tensor_metadata _functional_assert_async _functional_assert_scalar
_fused_sdp_choice _has_same_storage_numel _linalg_check_errors is_pinned is_same_size sym_constrain_range
"""

MOVEMENT = frozenset(
    f"aten.{name}" for names in (_MADE, _DRAWN, _MOVED, _COPIED, _CHOSEN, _ASKED) for name in names.split()
)
