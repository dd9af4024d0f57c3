// Steve as its own command starts it, but for two things: it listens on the loopback address alone, and it answers nobody
// who doesn't say as whom (its own flag --enable-header-auth takes those for the administrator).
package main

import (
	"flag"
	"net/http"

	"github.com/rancher/dynamiclistener/server"
	steveauth "github.com/rancher/steve/pkg/auth"
	steveserver "github.com/rancher/steve/pkg/server"
	"github.com/rancher/steve/pkg/sqlcache/informer/factory"
	"github.com/rancher/wrangler/v3/pkg/kubeconfig"
	"github.com/rancher/wrangler/v3/pkg/ratelimit"
	"github.com/rancher/wrangler/v3/pkg/signals"
	"github.com/sirupsen/logrus"
)

func main() {
	config := flag.String("kubeconfig", "", "of somebody who may impersonate")
	port := flag.Int("port", 19080, "on 127.0.0.1")
	flag.Parse()
	ctx := signals.SetupSignalContext()

	rest, err := kubeconfig.GetNonInteractiveClientConfig(*config).ClientConfig()
	if err != nil {
		logrus.Fatal(err)
	}
	rest.RateLimiter = ratelimit.None
	steve, err := steveserver.New(ctx, rest, &steveserver.Options{
		AuthMiddleware:         steveauth.ToMiddleware(steveauth.AuthenticatorFunc(steveauth.Impersonation)),
		Next:                   http.NotFoundHandler(),
		SQLCacheFactoryOptions: factory.CacheFactoryOptions{GCKeepCount: 1000},
	})
	if err != nil {
		logrus.Fatal(err)
	}
	if err := steve.ListenAndServe(ctx, 0, *port, &server.ListenOpts{BindHost: "127.0.0.1", DisplayServerLogs: true}); err != nil {
		logrus.Fatal(err)
	}
}
