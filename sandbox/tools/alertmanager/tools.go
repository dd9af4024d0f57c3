//go:build tools

// Package tools names the commands that the sandbox builds, so that go.mod keeps them.
package tools

import _ "github.com/prometheus/alertmanager/cmd/alertmanager"
