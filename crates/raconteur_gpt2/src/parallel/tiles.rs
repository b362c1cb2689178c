//! Parts of a matrix that threads write at the same time.

use std::marker::PhantomData;
use std::ops::Range;

use super::for_each_index;

/// Some columns of some rows of a matrix.
pub(crate) struct TileMut<'a, T> {
    first: *mut T,
    /// Elements from one row to the next.
    stride: usize,
    rows: usize,
    columns: usize,
    matrix: PhantomData<&'a mut [T]>,
}

impl<T> TileMut<'_, T> {
    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// The tile's part of a row.
    ///
    /// # Panics
    /// When the tile has no such row.
    #[inline]
    #[expect(unsafe_code, reason = "rows of a tile are not neighbours in memory")]
    pub(crate) fn row(&mut self, row: usize) -> &mut [T] {
        assert!(row < self.rows);
        // SAFETY: whoever made the tile answers for `rows` rows of `columns` elements, `stride` apart, inside one matrix
        // that is borrowed for as long as the tile lives, and for no other tile having any of them. `row` is one of
        // them, and `&mut self` lets one of them out at a time.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(row * self.stride), self.columns) }
    }
}

/// A pointer that is handed to the threads of a team.
struct Shared<T>(*mut T);

#[expect(unsafe_code, reason = "threads write disjoint parts of one matrix")]
// SAFETY: a thread uses the pointer only for the tile of the index it was given, and every index is given once.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Shared<T> {
    /// # Safety
    /// `range` lies inside the allocation.
    #[expect(unsafe_code, reason = "pointer arithmetic")]
    unsafe fn at(&self, element: usize) -> *mut T {
        // SAFETY: by the caller.
        unsafe { self.0.add(element) }
    }
}

/// Cuts `matrix`, rows of `width` elements, into a grid, and calls `work(row_group, column_group, tile)` for each part.
///
/// The rows of a group begin at `starts[group]` and end where the next one begins; columns are cut every `columns`.
/// Threads take `grain` tiles at a time.
///
/// # Panics
/// When `starts` does not rise, or is beyond the matrix.
pub(crate) fn for_each_tile<T: Send>(
    matrix: &mut [T],
    width: usize,
    starts: &[usize],
    columns: usize,
    grain: usize,
    work: impl Fn(usize, usize, TileMut<'_, T>) + Sync,
) {
    let rows = matrix.len() / width.max(1);
    assert!(starts.is_sorted() && starts.last().is_none_or(|&last| last <= rows) && columns > 0);
    let across = width.div_ceil(columns);
    let base = Shared(matrix.as_mut_ptr());
    for_each_index(starts.len() * across, grain, &|index| {
        let (group, column) = (index / across, index % across);
        let Range { start, end } = starts[group]..starts.get(group + 1).copied().unwrap_or(rows);
        let left = column * columns;
        #[expect(unsafe_code, reason = "see Shared")]
        // SAFETY: `start <= rows` and `left < width`, so this is at most one past the matrix; tiles of a grid whose lines
        // rise have no element in common, and an index is visited once. `matrix` is borrowed until all are done.
        let first = unsafe { base.at(if start < end { start * width + left } else { 0 }) };
        let tile = TileMut {
            first,
            stride: width,
            rows: end - start,
            columns: columns.min(width - left),
            matrix: PhantomData,
        };
        work(group, column, tile);
    });
}

/// Calls `work(index, piece)` for every piece of `size` elements; the last one may be shorter.
pub(super) fn for_each_row<T: Send>(
    data: &mut [T],
    size: usize,
    grain: usize,
    work: &(impl Fn(usize, &mut [T]) + Sync),
) {
    let len = data.len();
    let base = Shared(data.as_mut_ptr());
    for_each_index(len.div_ceil(size), grain, &|index| {
        let first = index * size;
        #[expect(unsafe_code, reason = "see Shared")]
        // SAFETY: `first < len`, and the piece ends where the next one begins or `data` ends. Pieces have no element in
        // common, and an index is visited once. `data` is borrowed until all are done.
        let piece = unsafe { std::slice::from_raw_parts_mut(base.at(first), size.min(len - first)) };
        work(index, piece);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parallel::Threads;

    #[test]
    fn tiles_cover_a_matrix_once() {
        let threads = Threads::new(2).unwrap();
        for (rows, width, starts, columns) in
            [(5, 7, vec![0, 2, 3], 3), (1, 1, vec![0], 1), (4, 6, vec![0, 0, 4], 6), (3, 5, vec![0], 8)]
        {
            let mut matrix = vec![0; rows * width];
            threads.run(|| {
                for_each_tile(&mut matrix, width, &starts, columns, 1, |group, column, mut tile| {
                    for row in 0..tile.rows() {
                        assert!(tile.columns() <= columns);
                        for x in tile.row(row) {
                            *x += 1 + 10 * group + 100 * column;
                        }
                    }
                });
            });
            for (i, x) in matrix.into_iter().enumerate() {
                let group = starts.iter().rposition(|&start| start <= i / width).unwrap();
                assert_eq!(x, 1 + 10 * group + 100 * (i % width / columns));
            }
        }
    }
}
