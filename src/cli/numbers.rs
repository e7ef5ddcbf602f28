//! Numbers of the command line and the ranges that they may lie in.

use super::master::StageName;
use crate::model::MoveStage;
use clap::ValueEnum;

/// One value of `--amount`: for everything, or for one stage.
#[derive(Clone, Copy)]
pub(super) struct Amount {
    pub(super) stage: Option<MoveStage>,
    pub(super) amount: f64,
}

/// `80`, or `eq=30` for one stage.
pub(super) fn amount(text: &str) -> std::result::Result<Amount, String> {
    let percent = |text: &str| within(text, 0.0, 100.0, "percent");
    let Some((name, text)) = text.split_once('=') else {
        return Ok(Amount { stage: None, amount: percent(text)? });
    };
    let stage = match StageName::from_str(name.trim(), true).ok().map(MoveStage::from) {
        Some(stage @ (MoveStage::Eq | MoveStage::Dynamics | MoveStage::Stereo)) => stage,
        Some(_) => {
            return Err(format!("{name} reaches its target or does not: leave it out with --without {name}"));
        }
        None => return Err(format!("expected eq, dynamics or stereo before the =, found {name}")),
    };
    Ok(Amount { stage: Some(stage), amount: percent(text.trim())? })
}

/// A number between two others.
pub(super) fn within(text: &str, low: f64, high: f64, unit: &str) -> std::result::Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (low..=high).contains(&value) => Ok(value),
        _ => Err(format!("expected {low} to {high} {unit}")),
    }
}
