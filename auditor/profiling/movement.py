"""Operators that move, make or choose values and do no arithmetic on them."""

from __future__ import annotations

_NAMES = """
_local_scalar_dense _reshape_alias _to_copy _unsafe_index _unsafe_view _upsample_nearest_exact1d
_upsample_nearest_exact2d _upsample_nearest_exact3d alias arange bernoulli cat channel_shuffle clone
constant_pad_nd contiguous copy detach diagonal_copy embedding empty empty_like empty_strided
exponential eye fill flip full full_like gather im2col index index_copy index_fill index_put
index_select item lift_fresh linspace masked_fill masked_scatter masked_select
native_channel_shuffle native_dropout new_empty new_full new_ones new_zeros normal ones ones_like
pixel_shuffle pixel_unshuffle rand rand_like randn randn_like reflection_pad1d reflection_pad2d
reflection_pad3d repeat replication_pad1d replication_pad2d replication_pad3d resize roll rot90
scalar_tensor scatter select_scatter slice_scatter squeeze stack t transpose tril triu uniform
unsafe_chunk unsafe_split unsafe_split_with_sizes unsqueeze upsample_nearest1d upsample_nearest2d
upsample_nearest3d view where zero zeros zeros_like
"""

MOVEMENT = frozenset(f"aten.{name}" for name in _NAMES.split())
