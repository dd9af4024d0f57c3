//go:build tools

// Package tools names the command that the sandbox builds, so that go.mod keeps it.
package tools

import _ "github.com/prometheus/alertmanager/cmd/alertmanager"
