using System.CommandLine;
using System.Text.Json.Nodes;
using Scheduler.Client.Contexts;
using Scheduler.Client.Output;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler context</c></summary>
internal static class ContextCommand
{
    private const string Help = """
        Contexts: names for clusters, so that commands need no --bbs, --cert, --key and --ca

        A command takes the context of --context, else of SCHEDULER_CONTEXT, else the one that "context use" has selected. Flags such as
        --bbs win over all of them, SCHEDULER_BBS and its like over the latter two. The context dev always exists: it is the running
        ./scheduler dev, or the default address.

        Examples:
          scheduler context set prod --bbs https://bbs-1:8889,https://bbs-2:8889 --cert me.crt --key me.key --ca ca.crt
          scheduler context use prod
          scheduler lrp list --context dev
        """;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("context").Explain(Help);
        command.Aliases.Add("contexts");
        foreach (var below in (Command[])[List(client), Use(), ContextSetCommand.Create(), Remove(), Show(client)])
            command.Subcommands.Add(below);
        return client.OnlyOutputOn(command);
    }

    private static Command List(ClientOptions client)
    {
        var command = new Command("list", "List contexts; the current one has a star");
        command.Aliases.Add("ls");
        command.SetAction(parsed =>
        {
            var (stored, printer) = (ContextFile.OfUser.Read(), client.Printer(parsed));
            var all = stored
                .Contexts.OrderBy(one => one.Key, StringComparer.Ordinal)
                .Select(one => (Name: one.Key, Context: (ClusterContext?)one.Value))
                .Append((Name: ContextFile.Dev, Context: null))
                .Select(one => (one.Name, one.Context, IsCurrent: one.Name == (stored.Current ?? ContextFile.Dev)))
                .ToList();
            if (printer.IsJson)
            {
                foreach (var (name, context, isCurrent) in all)
                    printer.Json(ToJson(name, context, isCurrent));
                return ExitCodes.Ok;
            }
            printer.Table(
                ["", "CONTEXT", "BBS", "CERTIFICATE", "KEY", "CA"],
                [
                    .. all.Select(one =>
                        new[]
                        {
                            one.IsCurrent ? "*" : "",
                            one.Name,
                            one.Context is { } context ? string.Join(',', context.Bbs) : "(the running ./scheduler dev)",
                            Texts.OrDash(one.Context?.CertificateFile ?? ""),
                            Texts.OrDash(one.Context?.KeyFile ?? ""),
                            Texts.OrDash(one.Context?.AuthorityFile ?? ""),
                        }
                    ),
                ],
                narrow: 4
            );
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Command Use()
    {
        var command = new Command("use", $"Make commands use a context from now on; {ContextFile.Dev} for none");
        var name = new Argument<string>("CONTEXT") { Description = "Name" };
        command.Arguments.Add(name);
        command.SetAction(parsed =>
        {
            var (file, wanted) = (ContextFile.OfUser, parsed.GetValue(name)!);
            var stored = file.Read();
            ContextFile.Find(stored, wanted, "CONTEXT");
            file.Write(stored with { Current = wanted == ContextFile.Dev ? null : wanted });
            parsed.InvocationConfiguration.Output.WriteLine($"{wanted}: in use");
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Command Remove()
    {
        var command = new Command("remove", "Remove a context; its certificates and keys stay");
        var name = new Argument<string>("CONTEXT") { Description = "Name" };
        command.Aliases.Add("rm");
        command.Arguments.Add(name);
        command.SetAction(parsed =>
        {
            var (file, unwanted) = (ContextFile.OfUser, parsed.GetValue(name)!);
            var stored = file.Read();
            if (ContextFile.Find(stored, unwanted, "CONTEXT") is null)
                throw DomainError.Invalid("CONTEXT", $"{ContextFile.Dev} cannot be removed").ToException();
            stored.Contexts.Remove(unwanted);
            file.Write(stored.Current == unwanted ? stored with { Current = null } : stored);
            parsed.InvocationConfiguration.Output.WriteLine(
                stored.Current == unwanted ? $"{unwanted}: removed; {ContextFile.Dev} is in use" : $"{unwanted}: removed"
            );
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Command Show(ClientOptions client)
    {
        var command = new Command("show", "Show a context (default: the one that commands use now)");
        var name = new Argument<string?>("CONTEXT") { Description = "Name", Arity = ArgumentArity.ZeroOrOne };
        command.Arguments.Add(name);
        command.SetAction(parsed =>
        {
            var (stored, printer) = (ContextFile.OfUser.Read(), client.Printer(parsed));
            var (shown, field) = parsed.GetValue(name) is { } asked ? (asked, "CONTEXT") : ClientOptions.SelectedContext(stored);
            var context = ContextFile.Find(stored, shown, field);
            var isCurrent = shown == (stored.Current ?? ContextFile.Dev);
            if (printer.IsJson)
                printer.Json(ToJson(shown, context, isCurrent));
            else
                printer.Fields(
                    ("context", isCurrent ? $"{shown} (in use)" : shown),
                    ("bbs", context is null ? "that of the running ./scheduler dev" : string.Join(',', context.Bbs)),
                    ("certificate", context?.CertificateFile ?? ""),
                    ("key", context?.KeyFile ?? ""),
                    ("ca", context?.AuthorityFile ?? "")
                );
            return ExitCodes.Ok;
        });
        return command;
    }

    private static JsonObject ToJson(string name, ClusterContext? context, bool isCurrent)
    {
        var json = new JsonObject { ["context"] = name, ["in_use"] = isCurrent };
        if (context is null)
            return json;
        json["bbs"] = new JsonArray([.. context.Bbs.Select(url => (JsonNode)url)]);
        foreach (
            var (key, value) in ((string, string?)[])
                [("cert", context.CertificateFile), ("key", context.KeyFile), ("ca", context.AuthorityFile)]
        )
        {
            if (value is not null)
                json[key] = value;
        }
        return json;
    }
}
