using System.CommandLine;
using Scheduler.Client.Output;
using Scheduler.Client.Specs;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler image pull</c></summary>
internal static class ImagePullCommand
{
    private const string Help = """
        Pull an image to cells, so that containers start from it at once

        Examples:
          scheduler image pull nginx:1.25
          scheduler image pull registry.example/team/app:v2 --cell cell-1

        The registry is asked even if a cell has the image; only what a cell lacks is downloaded. An interrupted pull goes on where
        it stopped. Each pull with credentials (--image-username, --docker-login) is for work with the same ones.
        """;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("pull").Explain(Help);
        var image = new Argument<string>("IMAGE") { Description = "Image as in a spec, such as nginx:1.25 or oci:///srv/images/web" };
        var user = WorkFlags.ImageUser();
        var login = new DockerLogin(client);
        var cells = new ImageCells();
        command.Arguments.Add(image);
        command.Options.Add(user);
        login.AddTo(command);
        cells.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                var request = new PullImageRequest { RootFs = WorkSpec.RootFsOf(parsed.GetValue(image)!) };
                if (parsed.GetValue(user) is { } name)
                    (request.ImageUsername, request.ImagePassword) = (name, WorkFlags.ImagePassword() ?? "");
                if (await login.FindAsync(parsed, request.RootFs, request.ImageUsername, cancellationToken) is { } found)
                    (request.ImageUsername, request.ImagePassword) = (found.User, found.Password);
                var answers = await printer.WatchAsync(progress =>
                {
                    var shown = new PullTexts(progress);
                    return cells.AskAsync(
                        parsed,
                        session,
                        (rep, cell) => PullAsync(rep, cell.CellId, request, shown, cancellationToken),
                        cancellationToken
                    );
                });
                foreach (var answer in answers.Where(answer => answer.Failure is null))
                {
                    if (printer.IsJson)
                        printer.Json(ImageListCommand.Json(answer.CellId, answer.Value!));
                    else
                        printer.Line($"{answer.CellId}: {answer.Value!.Name} is there, {Texts.Bytes(answer.Value.Bytes)}");
                }

                return ImageCells.Finish(printer, answers);
            }
        );
        return command;
    }

    /// <summary>Has no deadline: a large image takes its time, and the cell gives up on a registry that does not answer.</summary>
    private static async Task<CellImage> PullAsync(
        CellImageService.CellImageServiceClient rep,
        string cell,
        PullImageRequest request,
        PullTexts shown,
        CancellationToken cancellationToken
    )
    {
        CellImage? pulled = null;
        try
        {
            using var call = rep.Pull(request, ClientSession.Endless(cancellationToken));
            while (await call.ResponseStream.MoveNext(cancellationToken))
            {
                pulled = call.ResponseStream.Current.Image;
                if (call.ResponseStream.Current.Progress is { } progress)
                    shown.Show(cell, progress);
            }
        }
        finally
        {
            shown.Remove(cell);
        }

        return pulled
            ?? throw new Models.DomainError(Models.ErrorKind.Unavailable, "the cell ended the pull without a result").ToException();
    }
}
