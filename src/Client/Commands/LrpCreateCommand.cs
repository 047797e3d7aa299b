using System.CommandLine;
using Scheduler.Client.Specs;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler lrp create</c></summary>
internal static class LrpCreateCommand
{
    private const string Help = """
        Create a long-running process

        Examples:
          scheduler lrp create web --image busybox --instances 3 --port 8080 --route web.localhost --wait -- /bin/httpd -f -p 8080
          scheduler lrp create -f web.yaml --instances 5
          scheduler lrp create web -f web.yaml --dry-run --json

        A file uses the keys in docs/specs.md, or is Diego's JSON.
        """;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("create").Explain(Help);
        var flags = new LrpFlags();
        var login = new DockerLogin(client);
        var wait = new WaitFlags("all instances are running");
        var dryRun = DryRun.Option();
        flags.AddTo(command);
        login.AddTo(command);
        wait.AddTo(command);
        command.Options.Add(dryRun);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var printer = client.Printer(parsed);
                var lrp = flags.Read(parsed);
                var found = await login.FindAsync(parsed, lrp.RootFs, lrp.ImageUsername, cancellationToken);
                if (found is { } stored)
                    (lrp.ImageUsername, lrp.ImagePassword) = (stored.User, stored.Password);
                var request = new DesireLRPRequest { DesiredLrp = lrp };
                if (parsed.GetValue(dryRun))
                {
                    client.Server.Check(request);
                    if (found is not null)
                        lrp.ImagePassword = ""; // nobody has typed it, so nobody expects to read it
                    printer.Json(lrp);
                    return ExitCodes.Ok;
                }

                using var session = client.Open(parsed);
                await session.DesiredLrps.DesireAsync(request, session.Call(cancellationToken));
                printer.Note($"{lrp.ProcessGuid}: {lrp.Instances} desired");
                if (client.RouterUrl(parsed) is { } router)
                {
                    foreach (var (hostname, _) in RouteUrls.HostnamesOf(lrp.Routes))
                        printer.Note($"{lrp.ProcessGuid}: {RouteUrls.Of(router, hostname)}");
                }

                await wait.UntilRunningAsync(parsed, session, printer, lrp.ProcessGuid, lrp.Instances, cancellationToken);
                return ExitCodes.Ok;
            }
        );
        return command;
    }
}
