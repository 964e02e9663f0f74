//! Columns of a table of which not all have room: those are seen that hold the chosen one.

/// Columns between two columns.
pub const GAP: usize = 1;
/// A column of text may be cut to this.
const LEAST_TEXT: usize = 8;

/// What a column asks for.
#[derive(Clone, Copy, Debug)]
pub struct Width {
    pub columns: usize,
    /// Numbers are never cut.
    pub number: bool,
}

/// The columns that are in sight.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    /// Place in the table, where it starts, and how wide it is.
    pub columns: Vec<(usize, usize, usize)>,
    pub more_left: bool,
    pub more_right: bool,
}

impl Seen {
    /// Those of `widths` that fit into `room` columns after the first `lead`, `chosen` among them. The last
    /// one of all takes what is left.
    pub fn new(widths: &[Width], lead: usize, room: usize, chosen: usize) -> Self {
        let fits = |first: usize| {
            let mut x = lead;
            let mut shown = Vec::new();
            for (at, width) in widths.iter().enumerate().skip(first) {
                let left = room.saturating_sub(x);
                let cut = left < width.columns && !width.number && left >= LEAST_TEXT;
                let wide = if cut { left } else { width.columns };
                if left < wide {
                    break;
                }
                shown.push((at, x, wide));
                x += wide + GAP;
            }
            shown
        };
        let mut first = 0;
        let mut columns = fits(first);
        while first < chosen && !columns.iter().any(|(at, ..)| *at == chosen) {
            first += 1;
            columns = fits(first);
        }
        let more_right = columns.last().is_none_or(|(at, ..)| at + 1 < widths.len());
        if let Some((_, x, wide)) = columns.last_mut().filter(|_| !more_right) {
            *wide = room.saturating_sub(*x).max(*wide);
        }
        Self { columns, more_left: first > 0, more_right }
    }

    /// The column at `x`.
    pub fn at(&self, x: usize) -> Option<usize> {
        let column = self.columns.iter().find(|(_, start, wide)| (*start..start + wide).contains(&x));
        column.map(|(at, ..)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_is_in_sight() {
        let widths = [10, 6, 6, 20].map(|columns| Width { columns, number: columns == 6 });
        let seen = |room, chosen| Seen::new(&widths, 2, room, chosen);
        assert_eq!(seen(80, 0).columns, [(0, 2, 10), (1, 13, 6), (2, 20, 6), (3, 27, 53)]);
        assert_eq!(seen(22, 0).columns, [(0, 2, 10), (1, 13, 6)]);
        assert_eq!(seen(22, 3).columns, [(2, 2, 6), (3, 9, 13)]);
        assert!(seen(22, 3).more_left && !seen(22, 3).more_right && seen(22, 0).more_right);
        assert_eq!((seen(22, 0).at(14), seen(22, 0).at(12), seen(4, 0).columns.len()), (Some(1), None, 0));
    }
}
