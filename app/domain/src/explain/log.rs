//! Lines of an incident's log as sentences.

use super::{department_name, label, link, say, severity_mark, state};
use crate::assignment::Stage;
use crate::city::City;
use crate::clock::Light;
use crate::ids::DepartmentId;
use crate::incident::{Happening, Said};
use crate::language::Language;
use crate::time::{Timestamp, Zone};

pub fn happening(city: &City, language: Language, what: &Happening) -> String {
    match what {
        Happening::Opened => say(language, "事件上报".into(), "Reported".into()),
        Happening::Commanded {
            command,
            from,
            to,
            note,
            said,
        } => {
            let name = label(city, language, "command", command.name());
            let mut text = name.to_owned();
            if from != to {
                let arrow = format!(
                    "{} → {}",
                    state(city, language, *from),
                    state(city, language, *to)
                );
                text = say(
                    language,
                    format!("{text}（{arrow}）"),
                    format!("{text} ({arrow})"),
                );
            }
            if !note.is_empty() {
                text = say(
                    language,
                    format!("{text}：{note}"),
                    format!("{text}: {note}"),
                );
            }
            if let Some(said) = said {
                text.push_str(&said_with(city, language, said));
            }
            text
        }
        Happening::SeverityRaised(severity) => say(
            language,
            format!("级别升为 {}", severity_mark(*severity)),
            format!("Severity raised to {}", severity_mark(*severity)),
        ),
        Happening::AlarmCleared(alarm) => say(
            language,
            format!("报警 {alarm} 已恢复正常"),
            format!("Alarm {alarm} is back to normal"),
        ),
        Happening::MergedHere(other) => say(
            language,
            format!("事件 {other} 并入"),
            format!("Incident {other} was merged into this one"),
        ),
        Happening::MaybeSame { other, link: why } => say(
            language,
            format!(
                "可能与 {other} 为同一事件（相似度 {}%）：{}请人工确认",
                why.score,
                link(Language::Zh, Some(why))
            ),
            format!(
                "May be the same as {other} (score {} %): {} Please decide",
                why.score,
                link(Language::En, Some(why))
            ),
        ),
        Happening::TakenOut(other) => say(
            language,
            format!("线索更正后，部分线索另立为 {other}"),
            format!("After a correction some of the evidence stands apart as {other}"),
        ),
        Happening::GivenBack(other) => say(
            language,
            format!("自 {other} 拆出，恢复归并前的状态和时限"),
            format!("Split from {other} again, with the state and the clock it had"),
        ),
        Happening::Attached { name, .. } => say(
            language,
            format!("上传附件：{name}"),
            format!("Attached {name}"),
        ),
        Happening::CalendarMissing(year) => say(
            language,
            format!("缺少 {year} 年日历，期限无法计算"),
            format!("The calendar of {year} is missing: no deadline can be computed"),
        ),
        Happening::LightChanged(Light::Yellow) => say(
            language,
            "时限已用去 80%".into(),
            "80 % of the limit is used".into(),
        ),
        Happening::LightChanged(Light::Red) => say(language, "已超时限".into(), "Overdue".into()),
        Happening::LightChanged(Light::Green) => {
            say(language, "时限正常".into(), "Within the limit".into())
        }
        Happening::DeadlineMoved { stage, from, to } => {
            let at = |moment: &Option<Timestamp>| match moment {
                Some(at) => stamp(*at, &city.zone),
                None => say(language, "无法计算".into(), "unknown".into()),
            };
            let stage = stage_name(city, language, *stage);
            say(
                language,
                format!("日历已修改：{stage}时限由 {} 改为 {}", at(from), at(to)),
                format!(
                    "The calendar was edited: the limit of {stage} moves from {} to {}",
                    at(from),
                    at(to)
                ),
            )
        }
        Happening::Escalated { stage, percent, to } => {
            let stage = stage_name(city, language, *stage);
            let role = label(city, language, "role", to.name());
            say(
                language,
                format!("{stage}时限已用 {percent}%，已提请{role}关注"),
                format!("{percent} % of the limit of {stage} is used: brought to the {role}"),
            )
        }
        Happening::SupportLight { department, light } => {
            let name = department_name(city, language, department);
            let (zh, en) = match light {
                Light::Green => ("时限正常", "within its limit"),
                Light::Yellow => ("时限已用去 80%", "has used 80 % of its limit"),
                Light::Red => ("已超时限", "is overdue"),
            };
            say(
                language,
                format!("协同部门{name}{zh}"),
                format!("{name} (support) {en}"),
            )
        }
        Happening::PlanTaken { name, name_en } => say(
            language,
            format!("按《{name}》处置"),
            format!("Worked by the plan \"{name_en}\""),
        ),
    }
}

fn stage_name(city: &City, language: Language, stage: Stage) -> &str {
    // The pack's word of it.
    let key = match stage {
        Stage::Handle => "handling",
        other => other.name(),
    };
    label(city, language, "stage", key)
}

/// Who is meant, and where its giver stood.
fn said_with(city: &City, language: Language, said: &Said) -> String {
    let mut text = String::new();
    for name in &said.mentions {
        let department = DepartmentId::new(name).ok();
        let known = department.filter(|id| city.departments.contains_key(id));
        let called = known.map_or_else(
            || name.clone(),
            |id| department_name(city, language, &id).to_owned(),
        );
        text.push_str(&format!(" @{called}"));
    }
    if !said.attachments.is_empty() {
        let ids: Vec<String> = said.attachments.iter().map(ToString::to_string).collect();
        let (count, ids) = (ids.len(), ids.join(" "));
        text.push_str(&say(
            language,
            format!(" [附件 {count}：{ids}]"),
            format!(" [attachments {count}: {ids}]"),
        ));
    }
    if let Some(at) = said.position {
        text.push_str(&format!(" [{:.6}, {:.6}]", at.longitude(), at.latitude()));
    }
    text
}

/// `11-30 09:15`, on the city's clock.
fn stamp(at: Timestamp, zone: &Zone) -> String {
    let (date, minute) = at.civil(zone);
    let (month, day) = (date.month(), date.day());
    format!("{month:02}-{day:02} {:02}:{:02}", minute / 60, minute % 60)
}
