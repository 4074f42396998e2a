//! A call that is being written down. It outlives its form: whoever looks at another incident meanwhile finds it again.

use domain::ids::CommandId;

/// What is typed so far.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Call {
    /// Under which it is filed, from the first try on: however often it is sent, it opens one incident.
    pub id: Option<CommandId>,
    /// As it was first sent: that may have arrived though no answer came back.
    pub sent: Option<String>,
    pub text: String,
    pub category: String,
    pub severity: String,
    pub position: String,
    pub reporter: String,
    pub phone: String,
}
