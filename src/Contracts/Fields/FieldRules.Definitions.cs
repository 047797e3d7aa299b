namespace Scheduler.Contracts.Fields;

public static partial class FieldRules
{
    private static IEnumerable<KeyValuePair<string, TextRule>> Definitions =>
        new Dictionary<string, TextRule>
        {
            ["DesiredLRP.process_guid"] = Name,
            ["DesiredLRP.domain"] = Name,
            ["DesiredLRP.root_fs"] = RootFs,
            ["DesiredLRP.log_source"] = Name,
            ["DesiredLRP.log_guid"] = Name,
            ["DesiredLRP.metrics_guid"] = Name,
            ["DesiredLRP.annotation"] = Annotation,
            ["DesiredLRP.legacy_download_user"] = Name,
            ["DesiredLRP.trusted_system_certificates_path"] = Path,
            ["DesiredLRP.PlacementTags"] = Name,
            ["DesiredLRP.capabilities"] = Name,
            ["DesiredLRP.stop_signal"] = Name,
            ["DesiredLRP.image_pull_policy"] = Name,
            ["DesiredLRP.image_username"] = Credential,
            ["DesiredLRP.image_password"] = Credential,
            ["DesiredLRP.metric_tags.key"] = Name,
            ["DesiredLRPUpdate.annotation"] = Annotation,
            ["DesiredLRPUpdate.metric_tags.key"] = Name,
            ["DesiredLRPUpdate.image_username"] = Credential,
            ["DesiredLRPUpdate.image_password"] = Credential,
            ["TaskDefinition.root_fs"] = RootFs,
            ["TaskDefinition.log_source"] = Name,
            ["TaskDefinition.log_guid"] = Name,
            ["TaskDefinition.metrics_guid"] = Name,
            ["TaskDefinition.result_file"] = Path,
            ["TaskDefinition.completion_callback_url"] = Url,
            ["TaskDefinition.annotation"] = Annotation,
            ["TaskDefinition.legacy_download_user"] = Name,
            ["TaskDefinition.trusted_system_certificates_path"] = Path,
            ["TaskDefinition.placement_tags"] = Name,
            ["TaskDefinition.capabilities"] = Name,
            ["TaskDefinition.stop_signal"] = Name,
            ["TaskDefinition.image_pull_policy"] = Name,
            ["TaskDefinition.image_username"] = Credential,
            ["TaskDefinition.image_password"] = Credential,
            ["TaskDefinition.metric_tags.key"] = Name,
            ["SecurityGroupRule.protocol"] = Name,
            ["SecurityGroupRule.destinations"] = TextRule.Line(ValueBytes),
            ["SecurityGroupRule.annotations"] = Value,
            ["CachedDependency.name"] = Value,
            ["CachedDependency.from"] = Url,
            ["CachedDependency.to"] = Path,
            ["CachedDependency.cache_key"] = Path,
            ["CachedDependency.log_source"] = Name,
            ["CachedDependency.checksum_algorithm"] = Name,
            ["CachedDependency.checksum_value"] = Name,
            ["ImageLayer.name"] = Value,
            ["ImageLayer.url"] = Url,
            ["ImageLayer.destination_path"] = Path,
            ["ImageLayer.digest_value"] = Name,
            ["VolumeMount.driver"] = Name,
            ["VolumeMount.container_dir"] = Path,
            ["VolumeMount.mode"] = Name,
            ["SharedDevice.volume_id"] = Name,
            ["SharedDevice.mount_config"] = MountConfig,
            ["DedicatedDevice.mounter_id"] = Name,
            ["DedicatedDevice.mount_config"] = MountConfig,
            ["DedicatedDevice.device_config"] = MountConfig,
            ["Network.properties.key"] = Name,
            ["Network.properties.value"] = Value,
            ["CertificateProperties.organizational_unit"] = Name,
            ["MetricTagValue.static"] = Value,
            ["CheckDefinition.log_source"] = Name,
            ["HTTPCheck.path"] = Path,
            ["ModificationTag.epoch"] = Name,
            ["ProtoRoutes.routes.key"] = Name,
            // The same limit also applies to their sum.
            ["ProtoRoutes.routes.value"] = TextRule.Blob(131_072),
        };

    private static TextRule RootFs => TextRule.Line(1_024);

    private static TextRule Annotation => TextRule.Text(10_240);

    /// <summary>Registries issue tokens of a few kilobytes as passwords.</summary>
    private static TextRule Credential => TextRule.Text(16_384);

    /// <summary>JSON for the volume driver.</summary>
    private static TextRule MountConfig => TextRule.Text(65_536);
}
