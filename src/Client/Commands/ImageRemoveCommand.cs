using System.CommandLine;
using System.Text.Json.Nodes;
using Scheduler.Client.Output;
using Scheduler.Client.Specs;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler image remove</c></summary>
internal static class ImageRemoveCommand
{
    private const string Help = """
        Remove an image from cells; one that a container uses stays

        Examples:
          scheduler image rm nginx:1.25
          scheduler image rm nginx:1.25 --cell cell-1

        Layers that other images need stay too. Cells without the image are left alone.
        """;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("remove").Explain(Help);
        command.Aliases.Add("rm");
        var image = new Argument<string>("IMAGE") { Description = "Image as in a spec, such as nginx:1.25 or oci:///srv/images/web" };
        var cells = new ImageCells();
        command.Arguments.Add(image);
        cells.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                var request = new RemoveImageRequest { RootFs = WorkSpec.RootFsOf(parsed.GetValue(image)!) };
                var answers = await cells.AskAsync(
                    parsed,
                    session,
                    async (rep, _) => await rep.RemoveAsync(request, session.Call(cancellationToken)),
                    cancellationToken
                );
                foreach (var answer in answers.Where(answer => answer.Failure is null))
                {
                    if (printer.IsJson)
                        printer.Json(
                            new JsonObject
                            {
                                ["cell_id"] = answer.CellId,
                                ["image"] = request.RootFs,
                                ["bytes"] = answer.Value!.Bytes,
                            }
                        );
                    else
                        printer.Line($"{answer.CellId}: {request.RootFs} removed, {Texts.Bytes(answer.Value!.Bytes)} freed");
                }

                // Where some cells have the image, the others need not.
                var had = answers.Where(answer => answer.Failure is not DomainException { Kind: ErrorKind.ResourceNotFound }).ToList();
                return ImageCells.Finish(printer, had.Count > 0 ? had : answers);
            }
        );
        return command;
    }
}
