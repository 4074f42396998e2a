//! The tables of the page that the code itself holds: commands, states, severities, clocks, roles.

use domain::account::Role;
use domain::category::Severity;
use domain::clock::ClockKind;
use domain::explain::severity_mark;
use domain::lifecycle::{DepartmentPart, Row, State, TABLE};

use super::commands::{from, guard, to};
use super::page::{Labels, Paper, labels};
use super::route::said;

pub fn lifecycle(paper: &mut Paper, pack: &Labels) {
    paper.heading("lifecycle", said("命令表", "The table of commands"));
    paper.line(said(
        "服务器、按钮、文档与测试都读这一张表。正文另有 id（UUID）、command、expected_revision、after。",
        "Server, buttons, documentation and tests all read this one table. Beside the arguments the body has \
         id (UUID), command, expected_revision, after.",
    ));
    let heads = [
        said("命令", "Command"),
        said("从", "From"),
        said("到", "To"),
        said("角色", "Roles"),
        said("参数", "Arguments"),
        said("另须", "Also"),
    ];
    paper.table(&heads, |paper| {
        for row in TABLE {
            command(paper, pack, row);
        }
    });
    paper.line(said(
        "参数带 ? 的可不填。部门若不在该事件的主责与协办之列：可读则 403，不可读则 404。",
        "Arguments with ? may be left out. A department outside the incident's lead and supporting: 403 if it may read it, 404 if not.",
    ));
}

fn command(paper: &mut Paper, pack: &Labels, row: &Row) {
    let (zh, en) = labels(pack, "command", row.command.name());
    paper.raw("<tr><th scope=\"row\">");
    paper.tag("code", row.command.name());
    paper.raw("<br>");
    paper.words(zh, en);
    paper.raw("</th><td>");
    if State::ALL
        .into_iter()
        .all(|state| state.is_open() == row.from.contains(&state))
    {
        paper.said(said("任一未结状态", "any open"));
    } else {
        paper.codes(from(row));
    }
    paper.raw("</td><td>");
    if to(row).is_empty() {
        paper.said(said("不变", "same"));
    } else {
        paper.codes(to(row));
    }
    paper.raw("</td><td>");
    paper.codes(row.roles.iter().map(|role| role.name()));
    if row.department == DepartmentPart::Lead {
        paper.raw(" ");
        paper.said(said("（主责部门）", "(of the lead)"));
    }
    paper.raw("</td><td>");
    let arguments: Vec<String> = row
        .arguments
        .iter()
        .map(|argument| {
            format!(
                "{}{}",
                argument.name,
                if argument.required { "" } else { "?" }
            )
        })
        .collect();
    paper.codes(arguments.iter().map(String::as_str));
    paper.raw("</td><td>");
    if let Some(also) = guard(row.guard) {
        paper.said(also);
    }
    paper.raw("</td></tr>");
}

pub fn words(paper: &mut Paper, pack: &Labels) {
    paper.heading("states", said("状态", "States"));
    listed(paper, pack, "state", State::ALL.map(State::name));
    paper.heading("severities", said("等级", "Severities"));
    paper.table(
        &[said("值", "Value"), said("等级", "Severity")],
        |paper| {
            for severity in Severity::ALL {
                let level = severity.level().to_string();
                let (zh, en) = labels(pack, "severity", &level);
                paper.raw("<tr><td>");
                paper.tag("code", &level);
                paper.raw("</td><td>");
                paper.text(severity_mark(severity));
                paper.raw(" ");
                paper.words(zh, en);
                paper.raw("</td></tr>");
            }
        },
    );
    clocks(paper, pack);
    paper.heading("roles", said("角色", "Roles"));
    listed(paper, pack, "role", Role::ALL.map(Role::name));
}

fn listed<const N: usize>(paper: &mut Paper, pack: &Labels, group: &str, names: [&'static str; N]) {
    paper.table(&[said("值", "Value"), said("含义", "Meaning")], |paper| {
        for name in names {
            let (zh, en) = labels(pack, group, name);
            paper.raw("<tr><td>");
            paper.tag("code", name);
            paper.raw("</td><td>");
            paper.words(zh, en);
            paper.raw("</td></tr>");
        }
    });
}

fn clocks(paper: &mut Paper, pack: &Labels) {
    paper.heading("clocks", said("时限的钟", "Clocks"));
    let heads = [
        said("值", "Value"),
        said("含义", "Meaning"),
        said("怎么数", "How it counts"),
    ];
    paper.table(&heads, |paper| {
        for clock in ClockKind::ALL {
            let (zh, en) = labels(pack, "clock", clock.name());
            paper.raw("<tr><td>");
            paper.tag("code", clock.name());
            paper.raw("</td><td>");
            paper.words(zh, en);
            paper.raw("</td><td>");
            paper.said(if clock.is_continuous() {
                said("昼夜与节假日都数", "nights and holidays count too")
            } else {
                said(
                    "只数工作日的工作时段，按日历的节假日与调休",
                    "only work periods of working days, by the calendar's holidays and swap days",
                )
            });
            paper.raw("</td></tr>");
        }
    });
    paper.line(said(
        "用到 80% 为绿，至 100% 为黄，超过为红。某年日历未公布的，期限注明为暂定；缺少的，不给期限。",
        "Green to 80 %, yellow to 100 %, red beyond. A year not published yet makes a deadline provisional; a missing one gives none.",
    ));
}
