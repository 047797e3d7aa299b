using System.CommandLine;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Scheduler.Client.Access;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler port-forward</c></summary>
internal static class PortForwardCommand
{
    private const string Help = """
        Lead ports of this machine to ports in a running instance or task

        Examples:
          scheduler port-forward web/0 8080         (127.0.0.1:8080 leads to port 8080)
          scheduler port-forward web/0 9000:8080 0:9229

        Only this machine reaches the ports: they are on 127.0.0.1. The ports in the container need not be among those that the work
        declares. Ctrl-C ends it. When the instance is replaced, new connections lead to its successor.
        """;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("port-forward").Explain(Help);
        var name = new Argument<InstanceName>("NAME[/INDEX]")
        {
            Description = "The instance, such as web/0, or a task's GUID",
            CustomParser = InstanceName.Parse,
        };
        var ports = new Argument<string[]>("[LOCAL:]PORT...")
        {
            Description = "Ports in the container; LOCAL is the port of this machine, 0 for any free one (default: the same)",
            Arity = ArgumentArity.OneOrMore,
        };
        command.Arguments.Add(name);
        command.Arguments.Add(ports);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                LocalPort[] wanted = [.. parsed.GetValue(ports)!.Select(LocalPort.Parse)];
                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                var instance = parsed.GetValue(name)!;
                var target = await InstanceTarget.FindAsync(session, instance, cancellationToken);
                var forwarder = new PortForwarder(session, instance, target, printer.Aside);
                var listeners = new List<TcpListener>();
                try
                {
                    foreach (var port in wanted)
                    {
                        listeners.Add(PortForwarder.Listen(port));
                        if (printer.IsJson)
                            printer.Json(
                                new JsonObject
                                {
                                    ["local"] = $"{listeners[^1].LocalEndpoint}",
                                    ["name"] = target.Name,
                                    ["port"] = port.Remote,
                                }
                            );
                        else
                            printer.Line($"{listeners[^1].LocalEndpoint} -> {target.Name} port {port.Remote}");
                    }

                    await Task.WhenAll(
                        listeners.Zip(wanted, (listener, port) => forwarder.ServeAsync(listener, port.Remote, cancellationToken))
                    );
                    return ExitCodes.Ok;
                }
                catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                {
                    return ExitCodes.Ok; // Ctrl-C is how it ends
                }
                finally
                {
                    foreach (var listener in listeners)
                        listener.Dispose();
                }
            }
        );
        return client.On(command);
    }
}
