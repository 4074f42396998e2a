//! Reasons made into sentences, Chinese first, English second. Everything the machine decides can be asked why.

mod log;
mod notice;
mod refusal;

pub use log::happening;
pub use notice::notice;
pub use refusal::refusal;

use crate::alarm::SelfCheck;
use crate::alarm::load::What;
use crate::assignment::StageClock;
use crate::category::Severity;
use crate::city::{City, Level, Responsibility};
use crate::ids::{DepartmentId, JurisdictionCode};
use crate::incident::{
    CategoryReason, Incident, JurisdictionReason, Link, LinkReason, ResponsibilityReason,
};
use crate::language::Language;
use crate::lifecycle::State;

/// Picks the sentence of the language.
fn say(language: Language, zh: String, en: String) -> String {
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}

/// The pack's label of a state, command, severity or role (`group` names which), or the id itself.
pub fn label<'a>(city: &'a City, language: Language, group: &str, key: &'a str) -> &'a str {
    let code = match language {
        Language::Zh => "zh",
        Language::En => "en",
    };
    city.labels
        .get(code)
        .and_then(|labels| labels.get(&format!("{group}.{key}")))
        .map_or(key, String::as_str)
}

pub fn department_name<'a>(city: &'a City, language: Language, id: &'a DepartmentId) -> &'a str {
    match (city.departments.get(id), language) {
        (Some(department), Language::Zh) => &department.name,
        (Some(department), Language::En) => &department.name_en,
        (None, _) => id.as_str(),
    }
}

pub fn town_name<'a>(city: &'a City, language: Language, code: &'a JurisdictionCode) -> &'a str {
    match (city.town(code), language) {
        (Some(town), Language::Zh) => &town.name,
        (Some(town), Language::En) => &town.name_en,
        (None, _) => code.as_str(),
    }
}

pub fn severity_mark(severity: Severity) -> &'static str {
    match severity {
        Severity::Extreme => "Ⅰ",
        Severity::Severe => "Ⅱ",
        Severity::Moderate => "Ⅲ",
        Severity::Minor => "Ⅳ",
    }
}

/// The title on lists and stream: made of category and place, never of a caller's words.
pub fn title(city: &City, language: Language, incident: &Incident) -> String {
    if let Some(title) = &incident.title {
        return title.clone();
    }
    let kind = match incident.category.and_then(|code| city.category(code)) {
        Some(category) => match language {
            Language::Zh => category.name.as_str(),
            Language::En => category.name_en.as_str(),
        },
        None => match language {
            Language::Zh => "待定类别",
            Language::En => "Kind to be decided",
        },
    };
    let place = match (&incident.town, &incident.why.jurisdiction) {
        (Some(town), _) => town_name(city, language, town).to_owned(),
        (None, JurisdictionReason::NoPosition) => {
            say(language, "位置不详".into(), "place unknown".into())
        }
        (None, JurisdictionReason::OutsideCity) => {
            say(language, "市域外".into(), "outside the city".into())
        }
        (None, _) => match language {
            Language::Zh => city.name.clone(),
            Language::En => city.name_en.clone(),
        },
    };
    match language {
        Language::Zh => format!("{place} · {kind}"),
        Language::En => format!("{kind} · {place}"),
    }
}

pub fn category(city: &City, language: Language, incident: &Incident) -> String {
    let kind = incident
        .category
        .and_then(|code| city.category(code))
        .map(|category| match language {
            Language::Zh => format!("{} {}", category.code, category.name),
            Language::En => format!("{} {}", category.code, category.name_en),
        })
        .unwrap_or_default();
    match &incident.why.category {
        CategoryReason::Unknown => say(
            language,
            "来件没有说明类别，文字规则也未能识别，请值班员选定。".into(),
            "Nothing said what it is and no text rule matched; the duty officer decides.".into(),
        ),
        CategoryReason::Source(source) => say(
            language,
            format!("来源 {source} 报为 {kind}。"),
            format!("Source {source} reported it as {kind}."),
        ),
        CategoryReason::Words(words) => say(
            language,
            format!("来文中的“{}”提示为 {kind}。", words.join("、")),
            format!("The words \"{}\" point to {kind}.", words.join("\", \"")),
        ),
        CategoryReason::Rule(rule) => {
            let found = city.alarm_rules.iter().find(|known| known.id == *rule);
            let (name, name_en, basis) = found.map_or((rule.as_str(), rule.as_str(), ""), |rule| {
                (&rule.name, &rule.name_en, &rule.basis)
            });
            say(
                language,
                format!("报警规则“{name}”触发（{basis}），归为 {kind}。"),
                format!("Alarm rule \"{name_en}\" ({basis}) was broken: {kind}."),
            )
        }
        CategoryReason::Contradicted {
            source,
            given,
            said,
            words,
        } => {
            let name = |code| match (city.category(code), language) {
                (Some(known), Language::Zh) => format!("{code} {}", known.name),
                (Some(known), Language::En) => format!("{code} {}", known.name_en),
                (None, _) => code.to_string(),
            };
            let (given, said) = (name(*given), name(*said));
            say(
                language,
                format!(
                    "来源 {source} 报为 {given}，来文中的“{}”却提示为 {said}，请值班员选定。",
                    words.join("、")
                ),
                format!(
                    "Source {source} reported it as {given}, but the words \"{}\" point to {said}; the duty officer decides.",
                    words.join("\", \"")
                ),
            )
        }
        CategoryReason::Person(name) => say(
            language,
            format!("{name} 选定为 {kind}。"),
            format!("{name} set it to {kind}."),
        ),
    }
}

pub fn jurisdiction(city: &City, language: Language, incident: &Incident) -> String {
    match &incident.why.jurisdiction {
        JurisdictionReason::NoPosition => say(
            language,
            "来件没有位置，未能确定镇街。".into(),
            "It came without a position, so no town is known.".into(),
        ),
        JurisdictionReason::OutsideCity => say(
            language,
            format!("位置在{}范围之外，不自动派遣。", city.name),
            format!(
                "The position is outside {}; the machine never dispatches it.",
                city.name_en
            ),
        ),
        JurisdictionReason::NoOutline => say(
            language,
            "位置在市域范围内，但不在任何镇街轮廓中。".into(),
            "The position is within the city's bounds but in no outline.".into(),
        ),
        JurisdictionReason::Said(said) => say(
            language,
            format!(
                "来件没有位置，文字中提到“{}”，归{}。",
                said.name,
                town_name(city, language, &said.town)
            ),
            format!(
                "It came without a position; its words name \"{}\", which is in {}.",
                said.name,
                town_name(city, language, &said.town)
            ),
        ),
        JurisdictionReason::Inside { level, code } => {
            let (note, note_en) = if city.boundaries_note.is_empty() {
                (String::new(), String::new())
            } else {
                (
                    format!("（{}）", city.boundaries_note),
                    format!(" ({})", city.boundaries_note_en),
                )
            };
            let (kind, kind_en) = match level {
                Level::City => ("市域", "the city"),
                Level::Town => ("镇街", "town"),
                Level::Village => ("村社区", "village"),
                Level::Grid => ("网格", "grid"),
            };
            say(
                language,
                format!(
                    "位置落在{kind}“{}”的轮廓内{note}。",
                    town_name(city, language, code)
                ),
                format!(
                    "The position lies in {kind_en} {}{note_en}.",
                    town_name(city, language, code)
                ),
            )
        }
    }
}

fn row<'a>(city: &'a City, id: &str) -> Option<&'a Responsibility> {
    city.responsibilities.iter().find(|row| row.id == id)
}

pub fn responsibility(city: &City, language: Language, incident: &Incident) -> String {
    match &incident.why.responsibility {
        ResponsibilityReason::Undecided => say(
            language,
            "尚未判定主责部门。".into(),
            "No lead has been decided yet.".into(),
        ),
        ResponsibilityReason::NoCategory => say(
            language,
            "类别未定，不能按权责清单派遣，请值班员处理。".into(),
            "Without a category the table cannot be asked; the duty officer decides.".into(),
        ),
        ResponsibilityReason::NoTown => say(
            language,
            "镇街未定，不能按权责清单派遣，请值班员处理。".into(),
            "Without a town the table cannot be asked; the duty officer decides.".into(),
        ),
        ResponsibilityReason::OnPurpose => say(
            language,
            "该类别由值班员判定，不自动派遣。".into(),
            "This kind is left to the duty officer on purpose; the machine never dispatches it."
                .into(),
        ),
        ResponsibilityReason::NearBorder(town) => say(
            language,
            format!(
                "位置的误差范围跨到{}，两边主责部门不同，请值班员判定。",
                town_name(city, language, town)
            ),
            format!(
                "As well as its place is known it may lie in {}, where another department answers; the duty officer decides.",
                town_name(city, language, town)
            ),
        ),
        ResponsibilityReason::NeedsYes { role, reason } => {
            let role = label(city, language, "role", role.name());
            say(
                language,
                format!("该类别派遣前须经{role}同意：{reason}。"),
                format!("Before it is dispatched the {role} must agree: {reason}."),
            )
        }
        ResponsibilityReason::NoRow => say(
            language,
            "权责清单在当日没有对应条目，请值班员处理。".into(),
            "No row of the responsibility table covers it on that day; the duty officer decides."
                .into(),
        ),
        ResponsibilityReason::SeveralRows(rows) => say(
            language,
            format!(
                "权责清单有多条同等适用（{}），请值班员处理。",
                rows.join("、")
            ),
            format!(
                "Several rows apply equally ({}); the duty officer decides.",
                rows.join(", ")
            ),
        ),
        ResponsibilityReason::Row(id) => match row(city, id) {
            Some(row) => {
                let until = row.valid_to.map(|day| format!("{day}")).unwrap_or_default();
                let (span, span_en) = if until.is_empty() {
                    (
                        format!("自 {} 起", row.valid_from),
                        format!("from {}", row.valid_from),
                    )
                } else {
                    (
                        format!("{} 起，{until} 前", row.valid_from),
                        format!("from {} until {until}", row.valid_from),
                    )
                };
                say(
                    language,
                    format!(
                        "按权责清单 {id}（{span}，依据：{}），由{}主责。",
                        row.basis,
                        department_name(city, language, &row.lead)
                    ),
                    format!(
                        "Row {id} of the responsibility table ({span_en}; basis: {}) makes {} the lead.",
                        row.basis,
                        department_name(city, language, &row.lead)
                    ),
                )
            }
            None => say(
                language,
                format!("当时的权责清单条目 {id}，现已不在清单中。"),
                format!("Row {id} of the table as it was; it is no longer listed."),
            ),
        },
        ResponsibilityReason::Person(name) => say(
            language,
            format!("由 {name} 指定主责部门。"),
            format!("{name} chose the lead."),
        ),
        ResponsibilityReason::OpenedByHand => say(
            language,
            "人工登记的事件，由人工流转。".into(),
            "Opened by hand, so it moves only by hand.".into(),
        ),
    }
}

pub fn deadline(language: Language, clock: Option<&StageClock>) -> String {
    match clock {
        None => say(
            language,
            "当前环节没有时限。".into(),
            "No limit runs in this stage.".into(),
        ),
        Some(clock) if clock.paused_left_ms.is_some() => say(
            language,
            "已挂账，时限暂停。".into(),
            "Suspended: the clock stands still.".into(),
        ),
        Some(clock) => clock.due.explain(language),
    }
}

/// Why one piece of evidence lies with the others.
pub fn link(language: Language, link: Option<&Link>) -> String {
    match link.map(|link| &link.reason) {
        None => say(
            language,
            "首条线索。".into(),
            "The piece that opened it.".into(),
        ),
        Some(LinkReason::Alike {
            distance_m,
            allowed_m,
            minutes,
            words_percent,
            same_name,
        }) => say(
            language,
            format!(
                "同类，相距 {distance_m} 米（允许 {allowed_m} 米），相隔 {minutes} 分钟{}。",
                words(Language::Zh, *words_percent, *same_name)
            ),
            format!(
                "Same family, {distance_m} m apart ({allowed_m} m allowed), {minutes} min apart{}.",
                words(Language::En, *words_percent, *same_name)
            ),
        ),
        Some(LinkReason::SamePlaceNamed {
            minutes,
            words_percent,
        }) => say(
            language,
            format!(
                "同类，相隔 {minutes} 分钟{}。",
                words(Language::Zh, *words_percent, true)
            ),
            format!(
                "Same family, {minutes} min apart{}.",
                words(Language::En, *words_percent, true)
            ),
        ),
        Some(LinkReason::SameThing) => say(
            language,
            "同一设备的同类报警。".into(),
            "The same kind of alarm from the same thing.".into(),
        ),
        Some(LinkReason::Person(name)) => say(
            language,
            format!("{name} 人工归并。"),
            format!("Put here by {name}."),
        ),
    }
}

fn words(language: Language, percent: Option<u8>, same_name: bool) -> String {
    let alike = percent.map_or_else(String::new, |percent| {
        say(
            language,
            format!("，用词相似 {percent}%"),
            format!(", wording {percent} % alike"),
        )
    });
    let named = if same_name {
        say(
            language,
            "，说到同一地点".into(),
            ", naming the same place".into(),
        )
    } else {
        String::new()
    };
    alike + &named
}

pub fn state(city: &City, language: Language, state: State) -> &str {
    label(city, language, "state", state.name())
}

pub fn alarm_happening(language: Language, what: What) -> &'static str {
    let (zh, en) = match what {
        What::Told => ("报警", "told"),
        What::Acknowledged => ("确认", "acknowledged"),
        What::Cleared => ("恢复", "cleared"),
        What::Shelved => ("搁置", "shelved"),
        What::Suppressed => ("设计抑制", "muted by design"),
        What::OutOfService => ("停用", "out of service"),
    };
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}

pub fn self_check(language: Language, check: &SelfCheck) -> String {
    match check {
        SelfCheck::CalendarMissing(year) => say(
            language,
            format!("缺少 {year} 年节假日历：涉及该年的期限无法计算，请管理员补充 calendar.csv。"),
            format!(
                "The calendar of {year} is missing: deadlines in it cannot be computed. Add the year to calendar.csv."
            ),
        ),
    }
}
