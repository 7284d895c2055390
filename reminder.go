package tradepost

import "time"

// DefaultRemindAfter is how long a first contact waits for an answer before its
// team is reminded.
const DefaultRemindAfter = 24 * time.Hour

// RemindWithin is how late a reminder may be. What is older when somebody looks,
// as after reminders were off for a month, is let be.
const RemindWithin = 7 * 24 * time.Hour
