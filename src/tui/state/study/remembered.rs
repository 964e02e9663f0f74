//! How a study was looked at when the dashboard was last open.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{StudyPane, StudyScreen};
use crate::runs::study::grid::Fold;

/// The choices, by names: a study may have changed meanwhile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StudyView {
    pub folder: Option<PathBuf>,
    pane: StudyPane,
    maximised: bool,
    block: String,
    across: Option<String>,
    down: Option<String>,
    figure: Option<String>,
    /// Every trial counts, not the best combination's alone.
    mean: bool,
    /// Heading of the column that is sorted by.
    order: Option<String>,
    reversed: bool,
    filter: String,
}

impl StudyScreen {
    /// The present choices.
    pub fn remembered(&self) -> StudyView {
        // What was never looked at is as it was left.
        let Some(study) = &self.study else {
            return self
                .wish
                .clone()
                .unwrap_or_else(|| StudyView { folder: self.chosen.clone(), ..StudyView::default() });
        };
        let name = |place| self.axis_name(place).map(str::to_owned);
        StudyView {
            folder: self.chosen.clone(),
            pane: self.pane,
            maximised: self.maximised,
            block: study.blocks.get(self.view.block).map_or_else(String::new, |block| block.name.clone()),
            across: name(self.view.across),
            down: name(self.view.down),
            figure: study.figures.get(self.view.figure).map(|figure| figure.title.to_owned()),
            mean: self.view.fold == Fold::Mean,
            order: Some(self.table.order.0.title(study).to_owned()),
            reversed: self.table.order.1,
            filter: self.table.filter_text.clone(),
        }
    }

    /// Take up earlier choices, as soon as their study is open.
    pub fn recall(&mut self, view: StudyView) {
        self.chosen.clone_from(&view.folder);
        self.wish = Some(view);
    }

    /// Do as was chosen earlier for the study that is open now.
    pub(super) fn fulfil(&mut self) {
        let Some(view) = self.wish.take_if(|view| view.folder == self.chosen) else { return };
        let Some(study) = self.study.as_deref() else { return };
        let block = study.blocks.iter().position(|block| block.name == view.block);
        let figure = study.figures.iter().position(|figure| Some(figure.title) == view.figure.as_deref());
        let order = self.table.columns.iter().find(|column| Some(column.title(study)) == view.order.as_deref());
        self.table.order = order.map_or(self.table.order, |order| (*order, view.reversed));
        if let Some(block) = block {
            self.choose_block(block);
            let place = |name: &Option<String>| {
                (0..self.axes()).find(|&place| name.is_some() && self.axis_name(Some(place)) == name.as_deref())
            };
            let (across, down) = (place(&view.across), place(&view.down));
            if across.is_some() {
                (self.view.across, self.view.down) = (across, down.filter(|_| down != across));
            }
        }
        self.view.figure = figure.unwrap_or(0);
        self.view.fold = if view.mean { Fold::Mean } else { Fold::Best };
        (self.pane, self.maximised) = (view.pane, view.maximised);
        // A filter that means nothing any more is left out.
        let _ = self.table.set_filter(&view.filter);
    }
}
