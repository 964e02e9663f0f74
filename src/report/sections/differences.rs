//! Which differences between models are settled, and which may be the choice of places.

use super::{Tag, comparison::chosen};
use crate::{
    metrics::{Bootstrap, Difference, Groups, McNemar, ScoreDifferences},
    report::{
        document::{Block, Row, Table},
        groups::{Group, Measured},
        number::{list, score},
    },
};

/// Two models on the same clips.
struct Pair<'g> {
    first: &'g str,
    second: &'g str,
    gap: ScoreDifferences,
    test: McNemar,
}

pub fn blocks(measured: &Measured, tag: &Tag) -> Vec<Block> {
    let groups = measured.compared();
    let mut pairs = Vec::new();
    for (at, first) in groups.iter().enumerate() {
        for second in groups.iter().skip(at + 1) {
            pairs.extend(compare(first, second));
        }
    }
    if pairs.is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![Block::section("Which differences are settled")];
    if let Some(chosen) = chosen(&groups).and_then(|at| groups.get(at)) {
        let others = groups.iter().filter(|group| !std::ptr::eq(**group, *chosen));
        let sentences: Vec<String> =
            others.filter_map(|other| compare(chosen, other)).map(|pair| sentence(&pair)).collect();
        if !sentences.is_empty() {
            blocks.push(Block::Bullets(sentences));
        }
    }
    blocks.push(Block::Table(table(&pairs, &groups, tag)));
    blocks
}

fn compare<'g>(first: &'g Group, second: &'g Group) -> Option<Pair<'g>> {
    let ((a, left), (b, right)) = (first.chosen()?.clips()?, second.chosen()?.clips()?);
    if left.ids != right.ids {
        return None;
    }
    let gap = Bootstrap::default().compare(&a, &b, &Groups::locations(&left.ids)?)?;
    Some(Pair { first: &first.label, second: &second.label, gap, test: McNemar::test(&a, &b)? })
}

/// The difference in plain words.
fn sentence(pair: &Pair) -> String {
    let Difference { value, interval, p } = pair.gap.accuracy;
    let points = |value: f64| format!("{}{:.1}", if value < 0.0 { "−" } else { "" }, value.abs() * 100.0);
    let (low, high) = (points(interval.low), points(interval.high));
    let (first, second) = (pair.first, pair.second);
    let what = match value {
        _ if value.abs() < 5e-5 => format!("{first} and {second} have the same accuracy"),
        _ if value > 0.0 => format!("{first} is better than {second} by {} points of accuracy", points(value)),
        _ => format!("{first} is worse than {second} by {} points of accuracy", points(-value)),
    };
    let verdict = if pair.gap.accuracy.is_settled() {
        format!("the 95 % interval {low} to {high} leaves 0 out: settled for these two runs (p {})", p_text(p))
    } else {
        format!("the 95 % interval {low} to {high} holds 0: not settled (p {})", p_text(p))
    };
    format!("{what}; {verdict}.")
}

/// `< 0.001` or `= 0.147`.
fn p_text(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("= {}", score(p)) }
}

/// The same in a column of its own.
fn p_cell(p: f64) -> String {
    p_text(p).trim_start_matches("= ").to_owned()
}

fn table(pairs: &[Pair], groups: &[&Group], tag: &Tag) -> Table {
    let titles = ["First", "Second", "Accuracy", "95 % interval", "p", "Log loss", "95 % interval", "p", "McNemar p"];
    let caption = format!("First minus second, each pair on the same test clips{}", tag.mark);
    let mut table = Table::new(format!("differences{}", tag.suffix), caption, 2, &titles);
    let signed = |value: f64| format!("{}{}", if value < 0.0 { "−" } else { "+" }, score(value.abs()));
    for Pair { first, second, gap, test } in pairs {
        let mut cells = vec![(*first).to_owned(), (*second).to_owned()];
        for difference in [gap.accuracy, gap.log_loss] {
            let Difference { value, interval, p } = difference;
            let settled = if difference.is_settled() { " *" } else { "" };
            cells.push(format!("{}{settled}", signed(value)));
            cells.push(format!("[{}, {}]", signed(interval.low), signed(interval.high)));
            cells.push(p_cell(p));
        }
        cells.push(p_cell(test.p));
        table.rows.push(Row { cells, ..Row::default() });
    }
    table.notes.push(
        "* settled: the interval leaves 0 out. Intervals and p by a paired bootstrap over locations; not corrected for the number of pairs. \
         McNemar's test takes clips of one recording for independent and is too sure of itself; it stands here because others report it."
            .to_owned(),
    );
    let seeds: Vec<String> = groups
        .iter()
        .filter(|group| group.runs.len() > 1)
        .filter_map(|group| Some(format!("{} seed {}", group.label, group.chosen()?.seed())))
        .collect();
    table.notes.push(match seeds.as_slice() {
        [] => "One seed each: what another seed would change is not in the interval.".to_owned(),
        seeds => format!("Of several seeds the one with the lowest validation log loss is compared ({}); what another seed would change is not in the interval.", list(seeds)),
    });
    table
}
