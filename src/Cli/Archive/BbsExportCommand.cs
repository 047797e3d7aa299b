using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Bbs.Storage.Export;
using Scheduler.Cli.Services;
using Scheduler.Client.Output;
using Scheduler.Models;

namespace Scheduler.Cli.Archive;

/// <summary><c>scheduler bbs export</c></summary>
internal static class BbsExportCommand
{
    public const string StandardStream = "-";

    public static Command Create(SettingSource settings)
    {
        var command = new Command("export").Explain(
            """
            Write the whole state of a store to a file, as of one revision; a BBS may use the store meanwhile

            Reads the store itself, with the settings that the BBS has. The file contains the definitions of all work with their secrets,
            encrypted with the first key of --encryption-keys, or plain without keys; only its owner may read it.

            Examples:
              scheduler bbs export --config bbs.yaml state.export
              scheduler bbs export --store sqlite:/var/lib/scheduler/dev/bbs.db - | zstd > state.export.zst
            """
        );
        var file = new Argument<string>("FILE") { Description = "New file to write; - for the standard output" };
        var store = new StoreSettings(settings);
        command.Arguments.Add(file);
        ConfigFlag.AddTo(command, [.. store.Main, .. store.Details]);
        command.SetAction(
            (parsed, cancellationToken) =>
                TransferErrors.AsCommandAsync(async () =>
                {
                    ConfigFlag.Check(settings, parsed);
                    await ExportAsync(parsed, store, parsed.GetValue(file)!, cancellationToken);
                    return ExitCodes.Ok;
                })
        );
        return command;
    }

    private static async Task ExportAsync(ParseResult parsed, StoreSettings settings, string path, CancellationToken cancellationToken)
    {
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        var (keys, time) = (settings.Keys(parsed), TimeProvider.System);
        var toFile = path != StandardStream;
        if (!toFile && ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected)
            throw DomainError.Invalid("file", "an export is not text: name a file, or redirect the standard output").ToException();
        await using var store = settings.OpenExisting(parsed, keys, time, NullLoggerFactory.Instance);
        using var file = toFile ? ExportFile.Create(path) : null;
        await using var stream = file?.Stream ?? new BufferedStream(Console.OpenStandardOutput(), 1024 * 1024);
        var progress = new TransferProgress(error, "exporting", time);
        using var writer = new ExportWriter(stream, keys, progress.Show);
        try
        {
            await StateTransfer.ExportAsync(store, writer, time, cancellationToken);
            file?.Complete();
        }
        finally
        {
            progress.End();
        }
        var revision = writer.Revision.ToString(CultureInfo.InvariantCulture);
        (toFile ? output : error).WriteLine(
            $"exported revision {revision}: {TransferProgress.Describe(writer.Rows)} ({Texts.Bytes(writer.Bytes)})"
        );
    }
}
