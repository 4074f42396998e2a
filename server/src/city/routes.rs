//! `routes.toml`: who hears of it when a clock runs out, what needs somebody's yes before the machine dispatches it, and
//! which requests need two yeses.

use domain::account::Role;
use domain::assignment::Stage;
use domain::category::Severity;
use domain::escalation::{DispatchException, EscalationStep};
use domain::request::Approvals;

use super::Pack;
use super::city_file::parsed;
use super::rules::Categories;
use super::toml_section::Section;

pub const FILE: &str = "routes.toml";

/// The names of the file, which are those of the city's own words.
const STAGES: [(&str, Stage); 5] = [
    ("accept", Stage::Accept),
    ("verify", Stage::Verify),
    ("dispatch", Stage::Dispatch),
    ("handling", Stage::Handle),
    ("check", Stage::Check),
];
/// Three years.
const LONGEST_DAYS: u32 = 1098;

#[derive(Default)]
pub struct Routes {
    pub escalation: Vec<EscalationStep>,
    pub exceptions: Vec<DispatchException>,
    pub approvals: Approvals,
}

pub fn routes(pack: &Pack<'_>, categories: &Categories) -> Routes {
    let mut routes = Routes::default();
    let Some(toml) = pack.optional_toml(FILE) else {
        return routes;
    };
    let root = toml.root();
    for section in root.sections("escalation") {
        routes.escalation.extend(escalation(section));
    }
    for section in root.sections("exception") {
        routes.exceptions.extend(exception(section, categories));
    }
    if root.has("approvals")
        && let Some(section) = root.section("approvals")
    {
        routes.approvals = approvals(section);
    }
    root.done();
    routes
}

fn escalation(section: Section<'_>) -> Option<EscalationStep> {
    let stage = section.text("stage");
    let known = stage
        .as_ref()
        .and_then(|name| STAGES.iter().find(|(known, _)| known == name));
    if let (Some(stage), None) = (&stage, known) {
        let names: Vec<&str> = STAGES.iter().map(|(name, _)| *name).collect();
        section.wrong_at(
            "stage",
            format!("stage \"{stage}\" is not one of {}", names.join(", ")),
        );
    }
    let percent = section.whole("at_percent");
    let fits = percent.is_none_or(|percent| (1..=1000).contains(&percent));
    if !fits {
        section.wrong_at("at_percent", "at_percent is outside 1 to 1000");
    }
    let to: Option<Role> = parsed(&section, "to");
    let severity = section.optional_whole("severity").flatten();
    let severe = severity.map(|level| (level, u8::try_from(level).map(Severity::try_from)));
    if let Some((level, found)) = &severe
        && !matches!(found, Ok(Ok(_)))
    {
        section.wrong_at(
            "severity",
            format!("severity {level} is not one of 1 (highest) to 4"),
        );
    }
    section.done();
    Some(EscalationStep {
        stage: known?.1,
        at_percent: u16::try_from(percent?).ok()?,
        to: to?,
        severity: severe.and_then(|(_, found)| found.ok()?.ok()),
    })
}

fn exception(section: Section<'_>, categories: &Categories) -> Option<DispatchException> {
    let category = section.text("category");
    if let Some(prefix) = &category
        && !categories.keys().any(|code| code.is_under(prefix))
    {
        section.wrong_at(
            "category",
            format!("category {prefix} is neither a code nor the beginning of one"),
        );
    }
    let approve: Option<Role> = parsed(&section, "approve");
    let reason = section.text("reason");
    section.done();
    Some(DispatchException {
        category: category?,
        approve: approve?,
        reason: reason?,
    })
}

fn approvals(section: Section<'_>) -> Approvals {
    let usual = Approvals::default();
    let from = section.optional_whole("leader_from_extension").flatten();
    let beyond = section.optional_whole("leader_beyond_days").flatten();
    if from.is_some_and(|from| from > 2) {
        section.wrong_at(
            "leader_from_extension",
            "leader_from_extension is outside 0 (never) to 2; there are two extensions at most",
        );
    }
    if beyond.is_some_and(|days| days > LONGEST_DAYS) {
        section.wrong_at(
            "leader_beyond_days",
            format!("leader_beyond_days is outside 0 to {LONGEST_DAYS}"),
        );
    }
    section.done();
    Approvals {
        leader_from_extension: from
            .and_then(|from| u8::try_from(from).ok())
            .unwrap_or(usual.leader_from_extension),
        leader_beyond_days: beyond
            .and_then(|days| u16::try_from(days).ok())
            .unwrap_or(usual.leader_beyond_days),
    }
}
