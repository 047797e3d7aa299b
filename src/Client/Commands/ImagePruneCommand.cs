using System.CommandLine;
using System.Text.Json.Nodes;
using Scheduler.Client.Output;
using Scheduler.Client.Specs;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler image prune</c></summary>
internal static class ImagePruneCommand
{
    private const string Help = """
        Remove all images and layers that no container uses

        Examples:
          scheduler image prune
          scheduler image prune --cell cell-1 --unused-for 168h
        """;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("prune").Explain(Help);
        var cells = new ImageCells();
        var unused = new Option<string?>("--unused-for")
        {
            Description = "Only what was not used for so long (default: all that is not in use)",
            HelpName = "DURATION",
        };
        cells.AddTo(command);
        command.Options.Add(unused);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                var limit = WorkFlags.Parsed(
                    parsed,
                    unused,
                    text => Durations.TryParse(text, out var value) ? value : null as TimeSpan?,
                    "a duration above 0 such as 12h or 168h"
                );
                var request = new PruneImagesRequest { UnusedForMs = (ulong)(limit?.TotalMilliseconds ?? 0) };
                var answers = await cells.AskAsync(
                    parsed,
                    session,
                    async (rep, _) => await rep.PruneAsync(request, session.Call(cancellationToken)),
                    cancellationToken
                );
                foreach (var answer in answers.Where(answer => answer.Failure is null))
                {
                    if (printer.IsJson)
                        printer.Json(
                            new JsonObject
                            {
                                ["cell_id"] = answer.CellId,
                                ["images"] = answer.Value!.Images,
                                ["bytes"] = answer.Value.Bytes,
                            }
                        );
                    else
                        printer.Line($"{answer.CellId}: {answer.Value!.Images} images removed, {Texts.Bytes(answer.Value.Bytes)} freed");
                }

                return ImageCells.Finish(printer, answers);
            }
        );
        return command;
    }
}
