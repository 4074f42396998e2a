//! The commands of this device on their way to the server: kept by the browser before anything else, sent in order, and shown
//! until a person knows what became of them. Runs in the browser; `queue` decides.

use std::sync::Arc;
use std::time::Duration;

use domain::ids::{CommandId, IncidentId};
use domain::lifecycle::CommandName;
use domain::time::Timestamp;
use domain::wire::{BINARY_VERSION, IncidentView, MEDIA_BINARY};
use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::queue::{Answer, Expected, Full, Queue, Queued, Standing};
use crate::json::Json;
use crate::requests::{self, Problem, Told};
use crate::settings::Settings;

#[wasm_bindgen(raw_module = "./outbox.js")]
extern "C" {
    fn rows(account: &str) -> Promise;
    fn keep(row: &JsValue) -> Promise;
    fn change(number: u32, fields: &JsValue) -> Promise;
    fn forget(number: u32) -> Promise;
    fn deliver(number: u32, accept: &str) -> Promise;
    fn listen(changed: &Closure<dyn Fn()>);
    #[wasm_bindgen(js_name = isKept)]
    fn is_kept() -> Promise;
    fn photo(file: &JsValue) -> Promise;
}

/// While something waits the network is tried this often, besides whenever the browser says that it is back.
const TRY_EVERY: Duration = Duration::from_secs(10);

/// A command as a person gives it.
pub struct Given {
    pub incident: IncidentId,
    pub command: CommandName,
    /// Of the incident as it was seen.
    pub revision: u32,
    pub title: String,
    pub arguments: Vec<(&'static str, Json)>,
    pub photos: Vec<Photo>,
}

/// A photo that is sent along, as the browser holds it.
#[derive(Clone)]
pub struct Photo {
    pub name: String,
    held: StoredValue<JsValue, LocalStorage>,
}

/// Makes a photo of a file of the form ready.
pub async fn photo_of(file: JsValue) -> Option<Photo> {
    let name = word(&file, "name").unwrap_or_default();
    let held = JsFuture::from(photo(&file)).await.ok()?;
    Some(Photo {
        name,
        held: StoredValue::new_local(held),
    })
}

/// Hears of an answer that carried the incident along.
type Hearer = StoredValue<Box<dyn Fn(IncidentView)>, LocalStorage>;

#[derive(Clone, Copy)]
pub struct Outbox {
    pub queue: RwSignal<Queue>,
    /// Rows survive the page; unknown until the browser has said so.
    pub kept: RwSignal<bool>,
    account: StoredValue<Arc<str>>,
    settings: Settings,
    hearer: StoredValue<Option<Hearer>>,
    /// A refused command may have been refused because things moved: who shows the incident looks anew.
    pub look_anew: RwSignal<Option<IncidentId>>,
}

impl Outbox {
    pub fn new(account: &str, settings: Settings) -> Self {
        Self {
            queue: RwSignal::new(Queue::default()),
            kept: RwSignal::new(true),
            account: StoredValue::new(account.into()),
            settings,
            hearer: StoredValue::new(None),
            look_anew: RwSignal::new(None),
        }
    }

    /// Takes up what was kept and begins to send; call from an effect.
    pub fn begin(self, heard: impl Fn(IncidentView) + 'static) {
        self.hearer
            .set_value(Some(StoredValue::new_local(Box::new(heard))));
        let reload = Closure::<dyn Fn()>::new(move || self.reload());
        listen(&reload);
        // The channel lives as long as the page.
        reload.forget();
        self.reload();
        spawn_local(async move {
            let kept = JsFuture::from(is_kept()).await;
            self.kept
                .try_set(kept.ok().and_then(|kept| kept.as_bool()) != Some(false));
        });
        let tries = set_interval_with_handle(move || self.send(), TRY_EVERY);
        if let Ok(handle) = tries {
            on_cleanup(move || handle.clear());
        }
        let back = window_event_listener_untyped("online", move |_| self.send());
        on_cleanup(move || back.remove());
    }

    /// What another tab or the worker has done meanwhile is taken up; what is on the line here stays so.
    fn reload(self) {
        let Some(account) = self.account.try_get_value() else {
            return;
        };
        spawn_local(async move {
            let Ok(found) = JsFuture::from(rows(&account)).await else {
                return;
            };
            let rows: Vec<Queued> = Array::from(&found)
                .iter()
                .filter_map(|row| read(&row))
                .collect();
            let busy = self
                .queue
                .try_with_untracked(|queue| {
                    let on_line = |row: &&Queued| row.standing == Standing::Sending;
                    queue.rows().iter().find(on_line).map(|row| row.number)
                })
                .flatten();
            let mut fresh = Queue::of(rows);
            if let Some(busy) = busy {
                fresh.begin(busy);
            }
            if self.queue.try_with_untracked(Queue::is_signed_out) == Some(true) {
                fresh.sign_out();
            }
            let old = fresh.let_go(self.settings.present());
            self.queue.try_set(fresh);
            for number in old {
                forgotten(number).await;
            }
            self.send();
        });
    }

    /// Keeps a command, then sends it when its turn comes. Fails only when there is no room.
    pub fn give(self, given: Given) -> Result<(), Full> {
        let id = requests::new_command_id();
        let linked = self
            .queue
            .with_untracked(|queue| queue.link(given.incident, given.command, given.revision));
        let (after, expected) = linked?;
        let now = self.settings.present();
        let account = self.account.get_value();
        let row = written(&account, id, after, expected, now, &given);
        spawn_local(async move {
            let number = match JsFuture::from(keep(&row)).await {
                Ok(number) => number.as_f64().unwrap_or_default() as u32,
                Err(error) => {
                    leptos::logging::error!("failed to keep a command: {error:?}");
                    return;
                }
            };
            let queued = Queued {
                number,
                id,
                incident: given.incident,
                command: given.command,
                after,
                expected,
                standing: Standing::Waiting,
                given_at: now,
                title: given.title,
                refusal: None,
                status: None,
                photos: given.photos.len() as u32,
            };
            self.queue.try_update(|queue| {
                if queue.row(number).is_none() {
                    queue.add(queued);
                }
            });
            self.send();
        });
        Ok(())
    }

    /// Sends whatever may be sent; nothing happens while something is on the line.
    pub fn send(self) {
        let next = self
            .queue
            .try_update(|queue| {
                let next = queue.next()?;
                queue.begin(next);
                Some(next)
            })
            .flatten();
        let Some(number) = next else { return };
        spawn_local(async move {
            let heard = JsFuture::from(deliver(number, MEDIA_BINARY)).await;
            let Some(answer) = self.understand(number, heard) else {
                // Somebody else on this device has dealt with it.
                self.queue
                    .try_update(|queue| queue.answered(number, Answer::Unreached));
                self.reload();
                return;
            };
            let goes_on = matches!(answer, Answer::Done { .. } | Answer::Refused { .. });
            let changed = self
                .queue
                .try_update(|queue| queue.answered(number, answer))
                .unwrap_or_default();
            self.keep_anew(&changed).await;
            if goes_on {
                self.send();
            }
        });
    }

    fn understand(self, number: u32, heard: Result<JsValue, JsValue>) -> Option<Answer> {
        let Ok(heard) = heard else {
            return Some(Answer::Unreached);
        };
        let status = Reflect::get(&heard, &"status".into())
            .ok()
            .and_then(|status| status.as_f64())
            .unwrap_or_default() as i32;
        let bytes = Reflect::get(&heard, &"bytes".into())
            .map(|bytes| Uint8Array::new(&bytes).to_vec())
            .unwrap_or_default();
        Some(match status {
            -1 => return None,
            200..300 => {
                let view = match bytes.split_first() {
                    Some((&BINARY_VERSION, value)) => {
                        postcard::from_bytes::<IncidentView>(value).ok()
                    }
                    _ => None,
                }?;
                let revision = view.revision;
                self.hear(view);
                Answer::Done { revision }
            }
            401 => Answer::SignedOut,
            0 | 408 | 429 | 500.. => Answer::Unreached,
            _ => {
                let told = Told::read(&String::from_utf8_lossy(&bytes));
                let problem = Problem::told(status as u16, told);
                let language = self.settings.language.get_untracked();
                let row = |queue: &Queue| queue.row(number).map(|row| row.incident);
                self.look_anew.try_set(self.queue.with_untracked(row));
                Answer::Refused {
                    status: status as u16,
                    why: problem.said(language),
                }
            }
        })
    }

    fn hear(self, view: IncidentView) {
        if let Some(hearer) = self.hearer.try_get_value().flatten() {
            hearer.try_with_value(|hear| hear(view));
        }
    }

    /// Once somebody has signed in, what waited for him goes out.
    pub fn signed_in(self) {
        self.queue.update(Queue::signed_in);
        self.send();
    }

    pub fn again(self, number: u32, seen: Option<u32>) {
        let id = requests::new_command_id();
        let changed = self
            .queue
            .try_update(|queue| queue.again(number, id, seen))
            .unwrap_or_default();
        spawn_local(async move {
            self.keep_anew(&changed).await;
            self.send();
        });
    }

    pub fn drop_row(self, number: u32, seen: Option<u32>) {
        let changed = self.queue.try_update(|queue| queue.drop_row(number, seen));
        let Some(changed) = changed.flatten() else {
            return;
        };
        spawn_local(async move {
            forgotten(number).await;
            self.keep_anew(&changed).await;
            self.send();
        });
    }

    /// Writes rows down as they are now.
    async fn keep_anew(self, numbers: &[u32]) {
        for number in numbers {
            let fields = self
                .queue
                .try_with_untracked(|queue| queue.row(*number).map(fields_of))
                .flatten();
            if let Some(fields) = fields
                && JsFuture::from(change(*number, &fields)).await.is_err()
            {
                // It is sent again under its id after a restart, and done once.
                leptos::logging::warn!("what became of a command could not be kept");
            }
        }
    }
}

async fn forgotten(number: u32) {
    if JsFuture::from(forget(number)).await.is_err() {
        leptos::logging::warn!("a command that was let go is still kept");
    }
}

fn set(object: &Object, name: &str, value: impl Into<JsValue>) {
    // Fails only for what is no object.
    let _ = Reflect::set(object, &name.into(), &value.into());
}

fn expected_value(expected: Expected) -> JsValue {
    match expected {
        Expected::Any => JsValue::NULL,
        Expected::Revision(revision) => revision.into(),
        Expected::AfterEarlier => "earlier".into(),
    }
}

fn standing_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Waiting | Standing::Sending => "waiting",
        Standing::Sent => "sent",
        Standing::Refused => "refused",
    }
}

fn id_value(id: Option<CommandId>) -> JsValue {
    id.map_or(JsValue::NULL, |id| id.to_string().into())
}

/// What of a row can change.
fn fields_of(row: &Queued) -> JsValue {
    let fields = Object::new();
    set(&fields, "id", row.id.to_string());
    set(&fields, "after", id_value(row.after));
    set(&fields, "expected", expected_value(row.expected));
    set(&fields, "standing", standing_word(row.standing));
    set(
        &fields,
        "status",
        row.status.map_or(JsValue::NULL, JsValue::from),
    );
    set(
        &fields,
        "refusal",
        row.refusal.as_deref().map_or(JsValue::NULL, JsValue::from),
    );
    fields.into()
}

fn written(
    account: &str,
    id: CommandId,
    after: Option<CommandId>,
    expected: Expected,
    now: Timestamp,
    given: &Given,
) -> JsValue {
    let row = Object::new();
    set(&row, "account", account);
    set(&row, "incident", given.incident.to_string());
    set(&row, "command", given.command.name());
    set(&row, "id", id.to_string());
    set(&row, "after", id_value(after));
    set(&row, "expected", expected_value(expected));
    set(&row, "standing", "waiting");
    set(&row, "status", JsValue::NULL);
    set(&row, "refusal", JsValue::NULL);
    set(&row, "givenAt", now.millis() as f64);
    set(&row, "title", given.title.as_str());
    let body = Json::Object(given.arguments.clone()).text();
    set(&row, "body", js_sys::JSON::parse(&body).unwrap_or_default());
    let photos = Array::new();
    for photo in &given.photos {
        photo.held.with_value(|held| photos.push(held));
    }
    set(&row, "photos", photos);
    row.into()
}

fn word(value: &JsValue, name: &str) -> Option<String> {
    Reflect::get(value, &name.into()).ok()?.as_string()
}

/// A row as it is kept; one of an older build that this one cannot read stays where it is, unsent.
fn read(row: &JsValue) -> Option<Queued> {
    let number = |name: &str| Reflect::get(row, &name.into()).ok()?.as_f64();
    let photos = Reflect::get(row, &"photos".into()).map(|photos| Array::from(&photos).length());
    Some(Queued {
        number: number("number")? as u32,
        id: word(row, "id")?.parse().ok()?,
        incident: word(row, "incident")?.parse().ok()?,
        command: word(row, "command")?.parse().ok()?,
        after: word(row, "after").and_then(|after| after.parse().ok()),
        expected: match (word(row, "expected"), number("expected")) {
            (Some(_), _) => Expected::AfterEarlier,
            (None, Some(revision)) => Expected::Revision(revision as u32),
            (None, None) => Expected::Any,
        },
        standing: match word(row, "standing")?.as_str() {
            "sent" => Standing::Sent,
            "refused" => Standing::Refused,
            _ => Standing::Waiting,
        },
        given_at: Timestamp::from_millis(number("givenAt").unwrap_or_default() as i64),
        title: word(row, "title").unwrap_or_default(),
        refusal: word(row, "refusal"),
        status: number("status").map(|status| status as u16),
        photos: photos.unwrap_or_default(),
    })
}
