//! The assignment problem: what every order costs at least, for records too long for the exact search.

/// Least cost of giving every row a column of its own (Kuhn 1955 and Munkres 1957, in the form with potentials and
/// shortest augmenting paths, which takes n³ steps). Rows and columns are of one number.
pub(super) fn assignment_cost(costs: &[Vec<f64>]) -> f64 {
    let size = costs.len();
    let (mut row_level, mut column_level) = (vec![0.0; size + 1], vec![0.0; size + 1]);
    // Column 0 is where a path starts; `row_of` holds rows from 1, 0 is none.
    let mut row_of = vec![0usize; size + 1];
    for row in 1..=size {
        row_of[0] = row;
        let mut column = 0;
        let mut least = vec![f64::INFINITY; size + 1];
        let mut came_from = vec![0usize; size + 1];
        let mut done = vec![false; size + 1];
        while row_of[column] != 0 {
            done[column] = true;
            let current = row_of[column];
            let (mut step, mut next) = (f64::INFINITY, 0);
            for other in (1..=size).filter(|other| !done[*other]) {
                let reduced = costs[current - 1][other - 1] - row_level[current] - column_level[other];
                if reduced < least[other] {
                    (least[other], came_from[other]) = (reduced, column);
                }
                if least[other] < step {
                    (step, next) = (least[other], other);
                }
            }
            for other in 0..=size {
                if done[other] {
                    row_level[row_of[other]] += step;
                    column_level[other] -= step;
                } else {
                    least[other] -= step;
                }
            }
            column = next;
        }
        while column != 0 {
            row_of[column] = row_of[came_from[column]];
            column = came_from[column];
        }
    }
    (1..=size).map(|column| costs[row_of[column] - 1][column - 1]).sum()
}
