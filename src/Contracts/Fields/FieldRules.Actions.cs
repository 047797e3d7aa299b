namespace Scheduler.Contracts.Fields;

public static partial class FieldRules
{
    private static IEnumerable<KeyValuePair<string, TextRule>> Actions =>
        new Dictionary<string, TextRule>
        {
            ["DownloadAction.artifact"] = Value,
            ["DownloadAction.from"] = Url,
            ["DownloadAction.to"] = Path,
            ["DownloadAction.cache_key"] = Path,
            ["DownloadAction.log_source"] = Name,
            ["DownloadAction.user"] = Name,
            ["DownloadAction.checksum_algorithm"] = Name,
            ["DownloadAction.checksum_value"] = Name,
            ["UploadAction.artifact"] = Value,
            ["UploadAction.from"] = Path,
            ["UploadAction.to"] = Url,
            ["UploadAction.log_source"] = Name,
            ["UploadAction.user"] = Name,
            ["RunAction.path"] = Path,
            ["RunAction.args"] = TextRule.Argument(ArgumentBytes),
            ["RunAction.dir"] = Path,
            ["RunAction.user"] = Name,
            ["RunAction.log_source"] = Name,
            ["TimeoutAction.log_source"] = Name,
            ["EmitProgressAction.start_message"] = Value,
            ["EmitProgressAction.success_message"] = Value,
            ["EmitProgressAction.failure_message_prefix"] = Value,
            ["EmitProgressAction.log_source"] = Name,
            ["TryAction.log_source"] = Name,
            ["ParallelAction.log_source"] = Name,
            ["SerialAction.log_source"] = Name,
            ["CodependentAction.log_source"] = Name,
            ["EnvironmentVariable.name"] = TextRule.Line(ValueBytes),
            ["EnvironmentVariable.value"] = TextRule.Argument(ArgumentBytes),
            ["File.path"] = Path,
            // The same limit also applies to their sum.
            ["File.content"] = TextRule.Content(1_048_576),
        };
}
