//! What is said of one route, beside the handler that serves it. Must never hold a route without its words.

use std::sync::Arc;

use axum::handler::Handler;
use axum::routing::{self, MethodRouter};
use domain::account::Role;
use serde_json::Value;

use crate::web::Office;
use crate::web::identity::may_open;

/// Chinese first, English beside it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Said {
    pub zh: &'static str,
    pub en: &'static str,
}

pub const fn said(zh: &'static str, en: &'static str) -> Said {
    Said { zh, en }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Verb {
    Get,
    Post,
    Put,
}

impl Verb {
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Group {
    Feeds,
    Incidents,
    Alarms,
    Notices,
    Live,
    Past,
    Walls,
    City,
    People,
    Pages,
    Running,
}

impl Group {
    pub const ALL: [Self; 11] = [
        Self::Feeds,
        Self::Incidents,
        Self::Alarms,
        Self::Notices,
        Self::Live,
        Self::Past,
        Self::Walls,
        Self::City,
        Self::People,
        Self::Pages,
        Self::Running,
    ];

    pub fn id(self) -> &'static str {
        match self {
            Self::Feeds => "feeds",
            Self::Incidents => "incidents",
            Self::Alarms => "alarms",
            Self::Notices => "notices",
            Self::Live => "live",
            Self::Past => "past",
            Self::Walls => "walls",
            Self::City => "city",
            Self::People => "people",
            Self::Pages => "pages",
            Self::Running => "running",
        }
    }

    pub fn title(self) -> Said {
        match self {
            Self::Feeds => said("数据接入", "Feeds in"),
            Self::Incidents => said("事件", "Incidents"),
            Self::Alarms => said("报警", "Alarms"),
            Self::Notices => said("通知与值班", "Notices and duty"),
            Self::Live => said("实时流", "Live"),
            Self::Past => said("回放", "The past"),
            Self::Walls => said("大屏", "Walls"),
            Self::City => said("城市与资源", "The city and its things"),
            Self::People => said("账号与审计", "People and the audit log"),
            Self::Pages => said("页面与登录", "Pages and signing in"),
            Self::Running => said("运行", "Running it"),
        }
    }
}

/// Who may call a route at all; what he then sees is his scope's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    Anyone,
    /// A signed-in person, or a key made with `--read`.
    Reader,
    /// A key that covers the source.
    Feeder,
    /// A signed-in person whose role and scope are decided by the table of commands.
    Commander,
    /// Any signed-in person.
    SignedIn,
    /// A signed-in person of one of these roles.
    Roles(&'static [Role]),
    /// A signed-in person who may write incidents down.
    Opener,
}

impl Who {
    pub fn said(self) -> Said {
        match self {
            Self::Anyone => said("任何人", "anyone"),
            Self::Reader => said(
                "登录用户，或带 --read 的密钥",
                "a signed-in person, or a key made with --read",
            ),
            Self::SignedIn => said("登录用户", "a signed-in person"),
            Self::Feeder => said("覆盖该来源的密钥", "a key that covers the source"),
            Self::Commander => said(
                "登录用户，角色见命令表",
                "a signed-in person; roles as in the table of commands",
            ),
            Self::Roles(_) | Self::Opener => {
                said("登录用户，角色为", "a signed-in person of the roles")
            }
        }
    }

    pub fn roles(self) -> Vec<Role> {
        match self {
            Self::Roles(roles) => roles.to_vec(),
            Self::Opener => Role::ALL
                .into_iter()
                .filter(|role| may_open(*role))
                .collect(),
            _ => Vec::new(),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    Path,
    Query,
}

#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: &'static str,
    pub place: Place,
    pub schema: Value,
    pub says: Said,
}

/// One content type and the shape of what it carries.
#[derive(Clone, Debug)]
pub struct Shape {
    pub kind: &'static str,
    pub schema: Value,
}

/// One method of one path: what it is for, who may, what goes in and what comes out.
pub struct Route {
    pub verb: Verb,
    pub path: &'static str,
    pub group: Group,
    pub says: Said,
    pub who: Who,
    pub parameters: Vec<Parameter>,
    pub body: Vec<Shape>,
    pub status: u16,
    pub answers: Vec<Shape>,
    pub errors: &'static [u16],
    /// A `curl` line, with `$BASE`, `$KEY` and `$COOKIE` for what differs.
    pub example: &'static str,
    /// None where another stage serves it.
    served: Option<MethodRouter<Arc<Office>>>,
}

impl Route {
    fn of(
        verb: Verb,
        path: &'static str,
        group: Group,
        says: Said,
        served: Option<MethodRouter<Arc<Office>>>,
    ) -> Self {
        Self {
            verb,
            path,
            group,
            says,
            who: Who::Anyone,
            parameters: Vec::new(),
            body: Vec::new(),
            status: 200,
            answers: Vec::new(),
            errors: &[],
            example: "",
            served,
        }
    }

    pub fn get<H, T>(path: &'static str, group: Group, handler: H, says: Said) -> Self
    where
        H: Handler<T, Arc<Office>>,
        T: 'static,
    {
        Self::of(Verb::Get, path, group, says, Some(routing::get(handler)))
    }

    pub fn post<H, T>(path: &'static str, group: Group, handler: H, says: Said) -> Self
    where
        H: Handler<T, Arc<Office>>,
        T: 'static,
    {
        Self::of(Verb::Post, path, group, says, Some(routing::post(handler)))
    }

    pub fn put<H, T>(path: &'static str, group: Group, handler: H, says: Said) -> Self
    where
        H: Handler<T, Arc<Office>>,
        T: 'static,
    {
        Self::of(Verb::Put, path, group, says, Some(routing::put(handler)))
    }

    pub fn elsewhere(verb: Verb, path: &'static str, group: Group, says: Said) -> Self {
        Self::of(verb, path, group, says, None)
    }

    pub fn who(mut self, who: Who) -> Self {
        self.who = who;
        self
    }

    pub fn in_path(self, name: &'static str, schema: Value, says: Said) -> Self {
        self.parameter(name, Place::Path, schema, says)
    }

    pub fn asks(self, name: &'static str, schema: Value, says: Said) -> Self {
        self.parameter(name, Place::Query, schema, says)
    }

    fn parameter(mut self, name: &'static str, place: Place, schema: Value, says: Said) -> Self {
        self.parameters.push(Parameter {
            name,
            place,
            schema,
            says,
        });
        self
    }

    pub fn takes(mut self, kind: &'static str, schema: Value) -> Self {
        self.body.push(Shape { kind, schema });
        self
    }

    pub fn answers(mut self, status: u16, kind: &'static str, schema: Value) -> Self {
        self.status = status;
        self.answers.push(Shape { kind, schema });
        self
    }

    /// An answer without a body.
    pub fn ends_with(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub fn refuses(mut self, errors: &'static [u16]) -> Self {
        self.errors = errors;
        self
    }

    pub fn example(mut self, example: &'static str) -> Self {
        self.example = example;
        self
    }

    pub fn into_served(self) -> Option<(&'static str, MethodRouter<Arc<Office>>)> {
        let path = self.path;
        self.served.map(|served| (path, served))
    }
}
