//! Reasons made into sentences, Chinese first, English second. Everything the machine decides can be asked why.

use crate::alarm::SelfCheck;
use crate::category::Severity;
use crate::city::{City, Level, Responsibility};
use crate::clock::Light;
use crate::command::{NotNow, Refusal};
use crate::ids::{DepartmentId, JurisdictionCode};
use crate::incident::{
    CategoryReason, Happening, Incident, JurisdictionReason, Link, LinkReason, ResponsibilityReason,
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

pub fn deadline(language: Language, incident: &Incident) -> String {
    match &incident.clock {
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

pub fn happening(city: &City, language: Language, what: &Happening) -> String {
    match what {
        Happening::Opened => say(language, "事件上报".into(), "Reported".into()),
        Happening::Commanded {
            command,
            from,
            to,
            note,
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
    }
}

pub fn state(city: &City, language: Language, state: State) -> &str {
    label(city, language, "state", state.name())
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

/// What the giver of a refused command is told: what happened and what to do next.
pub fn refusal(language: Language, refusal: &Refusal) -> String {
    match refusal {
        Refusal::UnknownIncident | Refusal::OutOfScope => say(
            language,
            "没有这个事件，或不在您的范围内。".into(),
            "There is no such incident within your scope.".into(),
        ),
        Refusal::WrongRole { command } => say(
            language,
            format!("您的角色不能执行 {command}。"),
            format!("Your role may not give the command {command}."),
        ),
        Refusal::NotYourIncident => say(
            language,
            "该事件不由您的部门办理。".into(),
            "Your department does not have this incident.".into(),
        ),
        Refusal::Invalid { pointer, reason } => say(
            language,
            format!("{pointer}：{reason}"),
            format!("{pointer}: {reason}"),
        ),
        Refusal::WrongState { state } => say(
            language,
            format!("事件现处于 {state} 状态，不允许此操作。"),
            format!("The incident is {state}; the command is not allowed there."),
        ),
        Refusal::NotNow { reason } => not_now(language, *reason),
        Refusal::RevisionMoved {
            expected,
            revision,
            last_change,
        } => {
            let (zh, en) = match last_change {
                Some(change) => (
                    format!("，最近一次是 {} 的 {}", change.by.name(), change.what),
                    format!("; last by {} with {}", change.by.name(), change.what),
                ),
                None => (String::new(), String::new()),
            };
            say(
                language,
                format!(
                    "事件已变更：您看到的是第 {expected} 版，现为第 {revision} 版{zh}。请查看后再试。"
                ),
                format!(
                    "The incident moved from revision {expected} to {revision}{en}. Look again, then retry."
                ),
            )
        }
        Refusal::EarlierMissing(id) => say(
            language,
            format!("先行操作 {id} 尚未成功。"),
            format!("The command {id} that must come first has not been carried out."),
        ),
    }
}

fn not_now(language: Language, reason: NotNow) -> String {
    let (zh, en) = match reason {
        NotNow::NoCategory => ("请先选定类别。", "Set the category first."),
        NotNow::NoReturn => ("没有待裁决的回退。", "No return waits for a decision."),
        NotNow::NothingAsked => ("没有待审批的申请。", "Nothing was asked for."),
        NotNow::ExtensionsUsedUp => ("延期已用满两次。", "Both extensions are used."),
        NotNow::AlreadyOverdue => (
            "已超时，不能再申请延期。",
            "It is overdue: no extension any more.",
        ),
        NotNow::AlreadyAsked => ("已有待审批的申请。", "A request is already waiting."),
        NotNow::AlreadySuspended => ("事件已在挂账中。", "It is already suspended."),
        NotNow::SuspendedOnce => ("挂账只能一次。", "It was suspended once already."),
        NotNow::NotSuspended => ("事件没有挂账。", "It is not suspended."),
        NotNow::NoInstruction => ("没有待答复的批示。", "No instruction waits for an answer."),
        NotNow::UnknownStandard => (
            "结案标准不属于该类别。",
            "The standard is not one of the category's.",
        ),
        NotNow::Binding => (
            "已有终局裁决，不能再回退。",
            "A binding decision was made: it cannot be returned.",
        ),
        NotNow::ClaimedByAnother => ("已被他人认领。", "Somebody else has claimed it."),
        NotNow::NotClaimed => ("您没有认领该事件。", "You have not claimed it."),
        NotNow::NoLead => (
            "权责清单没有给出主责部门，请指定 lead。",
            "The table names no lead: give one as lead.",
        ),
        NotNow::SeveralLeads => (
            "权责清单给出多个主责部门，请指定 lead。",
            "The table names several leads: give one as lead.",
        ),
        NotNow::AlreadyThere => ("已经如此，无需重复。", "It is so already."),
        NotNow::NotThere => ("该部门不在协同之列。", "That department is not in support."),
        NotNow::AttachmentsFull => (
            "该事件的附件已达上限。",
            "It has as many attachments as an incident may have.",
        ),
    };
    say(language, zh.into(), en.into())
}
