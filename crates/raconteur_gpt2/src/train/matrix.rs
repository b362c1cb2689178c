//! Matrix products in f32, by the `gemm` crate, behind views that know their borders.

/// A matrix inside of a slice.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    data: &'a [f32],
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
}

impl<'a> View<'a> {
    /// `[rows, cols]`, row after row.
    pub fn new(data: &'a [f32], rows: usize, cols: usize) -> Self {
        Self::strided(data, rows, cols, cols)
    }

    /// `[rows, cols]` whose rows begin `stride` numbers apart.
    pub fn strided(data: &'a [f32], rows: usize, cols: usize, stride: usize) -> Self {
        Self { data, rows, cols, row_stride: stride, col_stride: 1 }
    }

    /// Rows become columns; nothing moves.
    pub fn transposed(self) -> Self {
        let Self { data, rows, cols, row_stride, col_stride } = self;
        Self { data, rows: cols, cols: rows, row_stride: col_stride, col_stride: row_stride }
    }
}

/// A matrix to write into, rows `stride` numbers apart.
#[derive(Debug)]
pub(super) struct Target<'a> {
    data: &'a mut [f32],
    stride: usize,
}

impl<'a> Target<'a> {
    /// As many columns as the product has, row after row.
    pub fn new(data: &'a mut [f32], cols: usize) -> Self {
        Self { data, stride: cols }
    }

    /// Rows that begin `stride` numbers apart.
    pub fn strided(data: &'a mut [f32], stride: usize) -> Self {
        Self { data, stride }
    }
}

/// What becomes of what stands in the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// It is overwritten.
    Nothing,
    /// The product is added to it.
    Sum,
}

/// Who computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hands {
    /// This thread.
    One,
    /// All threads of the current rayon pool. The sums are in the same order as on one.
    All,
}

/// `into = factor * a b`, or that added to it.
#[expect(unsafe_code, reason = "the gemm crate takes pointers; the borders of all three matrices are checked before")]
pub(super) fn product(into: Target<'_>, keep: Keep, factor: f32, a: View<'_>, b: View<'_>, hands: Hands) {
    let (m, n, k) = (a.rows, b.cols, a.cols);
    assert_eq!(k, b.rows, "the inner sides of a product differ");
    if m == 0 || n == 0 {
        return;
    }
    let last = |rows: usize, cols: usize, rs: usize, cs: usize| (rows - 1) * rs + (cols - 1) * cs;
    assert!(last(m, n, into.stride, 1) < into.data.len(), "the target of a product is too small");
    if k == 0 {
        if keep == Keep::Nothing {
            for row in into.data.chunks_mut(into.stride).take(m) {
                row[..n].fill(0.0);
            }
        }
        return;
    }
    assert!(last(m, k, a.row_stride, a.col_stride) < a.data.len(), "the left side of a product is too small");
    assert!(last(k, n, b.row_stride, b.col_stride) < b.data.len(), "the right side of a product is too small");
    let parallelism = match hands {
        Hands::One => gemm::Parallelism::None,
        Hands::All => gemm::Parallelism::Rayon(0),
    };
    let stride = |stride: usize| isize::try_from(stride).unwrap_or(isize::MAX);
    // SAFETY: the largest offset of each matrix lies inside its slice (asserted above), a slice is at most `isize::MAX`
    // bytes, and the target is borrowed mutably, so it overlaps neither side.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            into.data.as_mut_ptr(),
            1,
            stride(into.stride),
            keep == Keep::Sum,
            a.data.as_ptr(),
            stride(a.col_stride),
            stride(a.row_stride),
            b.data.as_ptr(),
            stride(b.col_stride),
            stride(b.row_stride),
            1.0f32,
            factor,
            false,
            false,
            false,
            parallelism,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_strided_and_transposed_matrices() {
        let a = [1.0, 2.0, 9.0, 3.0, 4.0, 9.0]; // [2, 2] in rows of 3
        let b = [5.0, 6.0, 7.0, 8.0];
        let mut out = [1.0; 5]; // [2, 2] in rows of 3
        let (a, b) = (View::strided(&a, 2, 2, 3), View::new(&b, 2, 2));
        product(Target::strided(&mut out, 3), Keep::Nothing, 1.0, a, b, Hands::One);
        assert_eq!(out, [19.0, 22.0, 1.0, 43.0, 50.0]);
        let mut sum = [100.0; 4];
        product(Target::new(&mut sum, 2), Keep::Sum, 2.0, a.transposed(), b, Hands::All);
        assert_eq!(sum, [152.0, 160.0, 176.0, 188.0]);
    }

    #[test]
    #[should_panic(expected = "too small")]
    fn borders_are_checked() {
        let a = [1.0; 3];
        product(
            Target::new(&mut [0.0; 4], 2),
            Keep::Nothing,
            1.0,
            View::new(&a, 2, 2),
            View::new(&a, 2, 1),
            Hands::One,
        );
    }
}
