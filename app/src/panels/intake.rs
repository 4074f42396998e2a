//! Writing down what somebody reports at the desk. Opened by hand, it moves only by hand.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::arguments;
use super::command_form::PositionField;
use super::pause::hand_to;
use super::place_field::PlaceField;
use super::preview::Preview;
use crate::json::Json;
use crate::live::call::Call;
use crate::live::desk::{Desk, PointFor, desk};
use crate::requests;
use crate::text::{Message, filled, text};

impl Call {
    fn body(&self) -> Result<Json, Message> {
        if self.text.trim().is_empty() {
            return Err(Message::IntakeText);
        }
        match self.position.trim() {
            "" => return Err(Message::ArgPosition),
            text => arguments::position(text).ok_or(Message::NotAPosition)?,
        };
        let mut body = self.asked();
        if let Some(id) = self.id {
            body.push(("id", Json::from(id.to_string())));
        }
        if !self.reporter.trim().is_empty() || !self.phone.trim().is_empty() {
            body.push((
                "reporter",
                Json::Object(vec![
                    ("name", Json::from(self.reporter.trim())),
                    ("phone", Json::from(self.phone.trim())),
                ]),
            ));
        }
        Ok(Json::Object(body))
    }

    /// What is known so far, without who said it.
    fn asked(&self) -> Vec<(&'static str, Json)> {
        let mut asked = vec![("text", Json::from(self.text.trim()))];
        if let Some(at) = arguments::position(&self.position) {
            asked.push(("position", arguments::place(at)));
        }
        if !self.category.is_empty() {
            asked.push(("category", Json::from(self.category.as_str())));
        }
        if let Ok(level) = self.severity.parse() {
            asked.push(("severity", Json::Count(level)));
        }
        asked
    }
}

fn send(desk: Desk, busy: RwSignal<bool>, refused: RwSignal<Option<String>>) {
    if busy.get_untracked() {
        return;
    }
    let language = desk.settings.language.get_untracked();
    let id = desk
        .call
        .try_update(|call| *call.id.get_or_insert_with(requests::new_command_id));
    let body = match desk.call.read_untracked().body() {
        Ok(body) => body,
        Err(Message::NotAPosition) => {
            refused.set(Some(text(language, Message::NotAPosition).to_owned()));
            return;
        }
        Err(missing) => {
            refused.set(Some(filled(
                language,
                Message::Needed,
                &[("what", text(language, missing))],
            )));
            return;
        }
    };
    busy.set(true);
    refused.set(None);
    let written = body.text();
    let first = desk
        .call
        .try_update(|call| call.sent.get_or_insert_with(|| written.clone()).clone());
    let opened = match first == Some(written) {
        true => Message::IntakeOpened,
        false => Message::IntakeOpenedFirst,
    };
    spawn_local(async move {
        let answer = requests::open(&body).await;
        busy.try_set(false);
        match answer {
            Ok(view) => {
                // Another call may have been begun meanwhile.
                if desk.call.read_untracked().id == id {
                    desk.drop_call();
                }
                desk.select(Some(view.id));
                desk.notice
                    .set(Some(filled(language, opened, &[("number", &view.number)])));
            }
            Err(problem) => {
                let message = match problem.status {
                    None => Message::CommandUnsent,
                    Some(500..) => Message::CommandRefused,
                    Some(_) => {
                        // The server knows nothing of it.
                        desk.call.update(|call| {
                            if call.id == id {
                                call.sent = None;
                            }
                        });
                        Message::CommandRefused
                    }
                };
                refused.try_set(Some(filled(
                    language,
                    message,
                    &[("why", &problem.said(language))],
                )));
            }
        }
    });
}

#[component]
pub fn Intake() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let call = desk.call;
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        send(desk, busy, refused);
    };
    hand_to("#intake-text");
    let asked = Signal::derive(move || {
        let call = call.read();
        match call.text.trim() {
            "" => String::new(),
            _ => Json::Object(call.asked()).text(),
        }
    });
    let body = Callback::new(move |()| Json::Object(call.read_untracked().asked()));
    let said = Signal::derive(move || call.read().text.clone());
    let put_place = Callback::new(move |at| {
        call.update(|call| call.position = arguments::position_text(at));
    });
    // Ctrl Enter files from any field.
    let pressed = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            send(desk, busy, refused);
        }
    };
    let put_position = Callback::new(move |word: String| call.update(|call| call.position = word));
    let categories = move || {
        let language = settings.language.get();
        let start = desk.start();
        start.city.categories.iter().map(|category| view! {
            <option value=category.code.to_string()>
                {format!("{} {}", category.code, start.city.category(language, category.code))}
            </option>
        }).collect_view()
    };
    let severities = move || {
        let language = settings.language.get();
        ["1", "2", "3", "4"]
            .map(|level| view! {
                <option value=level>{desk.start().city.label(language, level).to_owned()}</option>
            })
            .collect_view()
    };
    view! {
        <form class="intake" data-testid="intake" on:submit=submit on:keydown=pressed>
            <header>
                <h2>{settings.say(Message::NewIncident)}</h2>
                <button type="button" class="quiet" on:click=move |_| desk.drop_call()>
                    {settings.say(Message::Cancel)}
                </button>
            </header>
            <div class="field">
                <label for="intake-text">{settings.say(Message::IntakeText)}</label>
                <textarea id="intake-text" rows="4" placeholder=settings.say(Message::IntakeTextHint)
                    prop:value=move || call.read().text.clone()
                    on:input=move |event| call.update(|call| call.text = event_target_value(&event))></textarea>
            </div>
            <div class="field">
                <label for="intake-place">{settings.say(Message::IntakePlace)}</label>
                <PlaceField said put=put_place/>
            </div>
            <div class="field">
                <label for="intake-position">{settings.say(Message::ArgPosition)}</label>
                <PositionField id="intake-position".to_owned() name="position"
                    value=Signal::derive(move || call.read().position.clone()) put=put_position
                    point_for=PointFor::Intake/>
            </div>
            <Preview asked body/>
            <div class="field">
                <label for="intake-category">
                    {settings.say(Message::Category)}
                    <span class="faint">" · " {settings.say(Message::Optional)}</span>
                </label>
                <select id="intake-category" prop:value=move || call.read().category.clone()
                    on:change=move |event| call.update(|call| call.category = event_target_value(&event))>
                    <option value="">{settings.say(Message::NoCategory)}</option>
                    {move || categories()}
                </select>
            </div>
            <div class="field">
                <label for="intake-severity">
                    {settings.say(Message::Severity)}
                    <span class="faint">" · " {settings.say(Message::Optional)}</span>
                </label>
                <select id="intake-severity" prop:value=move || call.read().severity.clone()
                    on:change=move |event| call.update(|call| call.severity = event_target_value(&event))>
                    <option value="">{settings.say(Message::Choose)}</option>
                    {move || severities()}
                </select>
            </div>
            <div class="field-pair">
                <div class="field">
                    <label for="intake-reporter">{settings.say(Message::IntakeReporter)}</label>
                    <input id="intake-reporter" type="text" autocomplete="off"
                        prop:value=move || call.read().reporter.clone()
                        on:input=move |event| call.update(|call| call.reporter = event_target_value(&event))/>
                </div>
                <div class="field">
                    <label for="intake-phone">{settings.say(Message::IntakePhone)}</label>
                    <input id="intake-phone" type="tel" autocomplete="off"
                        prop:value=move || call.read().phone.clone()
                        on:input=move |event| call.update(|call| call.phone = event_target_value(&event))/>
                </div>
            </div>
            <p class="problem" role="alert" class:gone=move || refused.read().is_none()>
                {move || refused.get().unwrap_or_default()}
            </p>
            <div class="form-actions">
                <button type="submit" class="primary" data-testid="intake-send" disabled=busy>
                    {move || text(
                        settings.language.get(),
                        if busy.get() { Message::Sending } else { Message::Send },
                    )}
                    <kbd aria-hidden="true">"Ctrl ⏎"</kbd>
                </button>
            </div>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(body: &Json) -> Value {
        serde_json::from_str(&body.text()).expect("sound JSON")
    }

    #[test]
    fn a_call_needs_its_words_and_its_place_and_everything_else_may_follow() {
        let mut call = Call::default();
        assert_eq!(call.body(), Err(Message::IntakeText));
        call.text = "沿江路积水".into();
        assert_eq!(call.body(), Err(Message::ArgPosition));
        call.position = "somewhere".into();
        assert_eq!(call.body(), Err(Message::NotAPosition));
        call.position = "113.67, 22.81".into();
        let body = read(&call.body().expect("words and place are enough"));
        assert_eq!(
            body,
            json!({"text": "沿江路积水", "position": [113.67, 22.81]})
        );
        call.severity = "2".into();
        call.phone = "13800000000".into();
        let body = read(&call.body().expect("complete"));
        assert_eq!(body["position"], json!([113.67, 22.81]));
        assert_eq!(body["severity"], 2);
        assert_eq!(body["reporter"]["phone"], "13800000000");
    }
}
