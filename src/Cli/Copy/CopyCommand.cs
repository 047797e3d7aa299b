using System.CommandLine;
using Scheduler.Client.Access;
using Scheduler.Models;

namespace Scheduler.Cli.Copy;

/// <summary><c>scheduler cp</c></summary>
internal static class CopyCommand
{
    private const string Help = """
        Copy files and directories out of or into a running instance or task

        Examples:
          scheduler cp web/0:/www/index.html .     (into a directory, or under a new name)
          scheduler cp web/0:/var/log ./logs
          scheduler cp ./site web/0:/www
          scheduler cp dump hello:/tmp/dump        (a task)

        If the target is an existing directory, the copy is created in it, otherwise under the target's name. Files are replaced,
        directories are merged. The copy reads and writes as the user of the instance's own command, within its limits. Links that
        lead out of a copied directory, FIFOs and devices are left out.
        """;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("cp").Explain(Help);
        var source = new Argument<string>("SOURCE") { Description = "NAME[/INDEX]:PATH in a container, or a path on this machine" };
        var target = new Argument<string>("TARGET") { Description = "The other of both" };
        var user = new Option<string?>("--user")
        {
            Description = "User in the container that reads or writes (default: the user of the instance's own command)",
            HelpName = "NAME",
        };
        command.Arguments.Add(source);
        command.Arguments.Add(target);
        command.Options.Add(user);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var (from, to) = (parsed.GetValue(source)!, parsed.GetValue(target)!);
                var (remoteFrom, remoteTo) = (RemotePath.Parse(from), RemotePath.Parse(to));
                if (remoteFrom is null == remoteTo is null)
                    throw DomainError
                        .Invalid("SOURCE, TARGET", "exactly one must be in a container, written as NAME/INDEX:/PATH")
                        .ToException();
                if (remoteTo is not null && !Path.Exists(from))
                    throw DomainError.Invalid("SOURCE", $"{from} does not exist").ToException();
                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                var instance = await InstanceTarget.FindAsync(session, (remoteFrom ?? remoteTo!).Instance, cancellationToken);
                var access = await session.AccessAsync(instance.CellId, cancellationToken);
                var tally = new CopyTally(printer.Aside);
                var copy = new CopyConversation(access, instance, parsed.GetValue(user) ?? "", tally);
                if (remoteFrom is not null)
                    await copy.FetchAsync(remoteFrom.Path, LocalTarget(remoteFrom, to), cancellationToken);
                else
                    await copy.SendAsync(from, remoteTo!, cancellationToken);
                if (printer.IsJson)
                    printer.Json(tally.ToJson(from, to));
                else
                    printer.Line($"{from} -> {to}: {tally}");
                return ExitCodes.Ok;
            }
        );
        return client.On(command);
    }

    private static string LocalTarget(RemotePath from, string to)
    {
        if (Directory.Exists(to))
            return from.BaseName is "" or "." or ".." ? to : Path.Combine(to, from.BaseName);
        var parent = Path.GetDirectoryName(Path.GetFullPath(to));
        return !to.EndsWith('/') && Directory.Exists(parent)
            ? to
            : throw DomainError.Invalid("TARGET", $"{(to.EndsWith('/') ? to : parent)} is not a directory").ToException();
    }
}
